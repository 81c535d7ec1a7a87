//! Configuration, composition, workers and the command line of Countersign.

pub mod app;
pub mod cli;
pub mod config;
pub mod core;
pub mod demo;
mod health;
pub mod real;
pub mod telemetry;
pub mod worker;

pub use console::ADDRESSES as CONSOLE_ADDRESSES;
