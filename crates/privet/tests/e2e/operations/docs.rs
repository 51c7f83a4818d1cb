//! README.md and pages of `docs/`, held against the program and its tests.

mod readme;
mod reliability;
mod security;
