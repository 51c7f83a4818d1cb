//! The program under test: how it is started, in which set-up, and what must never happen to it.

pub mod program;
pub mod server;
pub mod setup;
pub mod verdicts;
