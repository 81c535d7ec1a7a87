//! Running it: health, restarts, statements, audit coverage, and no secret anywhere.

mod audit_coverage;
mod background;
mod canary;
mod health;
mod statements;
mod tour;
