//! The walk-throughs of the systems that people come from, step by step on our pages and
//! endpoints, their names beside ours.

mod seed_000_and_004;
mod seed_002;
mod seed_003;
