//! Starts the program: parses the command line, runs the command, and turns an error into one line on standard
//! error and an exit status.

mod commands;
mod configuration;
mod failure;
mod keys;
mod receipt_key;
mod signals;
mod system_clock;
mod telemetry;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match commands::CommandLine::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
