//! Starts the program: reads the command line, runs the command, and turns a failure into one line on
//! standard error and an exit status.

mod command_line;
mod completions;
mod configuration;
mod exposure;
mod failure;
mod greeting;
mod hangups;
mod health;
mod help;
mod jwks;
mod keys;
mod manual;
mod migrate;
mod open_files;
mod openapi;
mod serve;
mod shutdown;
mod signing_secret;
mod startup_log;
mod system_clock;
mod telemetry;
mod token;
mod upkeep;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command_line::CommandLine::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
