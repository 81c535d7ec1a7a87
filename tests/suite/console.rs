//! The control center.

mod applications;
mod forgery;
mod pages;
mod people;
