//! Compares README.md and pages of `docs/` with the program and its tests.

mod readme;
mod reliability;
mod security;
