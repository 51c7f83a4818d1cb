//! The command line: commands and their arguments. Each command has its own file.

mod catalogue;
mod completions;
mod demo;
mod health;
mod help;
mod manual;
mod migrate;
mod openapi;
mod receipt;
mod serve;
mod startup_log;
mod token;
mod transfer;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::configuration::Environment;
use crate::failure::Failure;

use catalogue::CatalogueCommand;
use migrate::MigrateArguments;
use receipt::ReceiptCommand;
use token::TokenArguments;
use transfer::export::ExportArguments;
use transfer::import::ImportArguments;

/// Stores users' privacy settings and preferences, and answers which actions they allow.
///
/// Without a command it serves on 127.0.0.1:8080, with its data in data/privet.db, unless configured otherwise.
#[derive(Debug, Parser)]
#[command(
    name = "privet",
    version,
    max_term_width = help::WIDTH,
    after_help = "Privet is configured by environment variables; `privet serve --help` lists them."
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate the database, then serve until SIGTERM or Ctrl-C (the default)
    #[command(long_about = help::SERVE, after_help = help::MORE, after_long_help = help::of_serving())]
    Serve,
    /// Only migrate the database
    Migrate(MigrateArguments),
    /// Print a token for a Privet with the same configuration
    Token(TokenArguments),
    /// Print the OpenAPI document; needs no database
    Openapi,
    /// Check, print or describe the catalogue of settings and actions; needs no database
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Import users and relationships from a file; prints what is wrong, and the counts
    Import(ImportArguments),
    /// Print all users and relationships, one JSON object a line, as import takes them
    Export(ExportArguments),
    /// Fill an empty development database with a small community to look at
    Demo,
    /// Check an erasure receipt; needs no database
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// Ask the Privet on this machine whether it is ready: exit status 0 if so, else 1
    Health,
    /// Print completions for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = help::MANUAL)]
    Man,
}

impl CommandLine {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let environment = Environment::of_process();
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(&environment),
            Command::Migrate(arguments) => migrate::run(&environment, &arguments),
            Command::Token(arguments) => token::run(&environment, arguments),
            Command::Openapi => openapi::run(&environment),
            Command::Catalogue { command } => catalogue::run(&environment, command),
            Command::Import(arguments) => transfer::import::run(&environment, &arguments),
            Command::Export(arguments) => transfer::export::run(&environment, &arguments),
            Command::Demo => demo::run(&environment),
            Command::Receipt { command } => receipt::run(&environment, command),
            Command::Health => health::run(&environment),
            Command::Completions { shell } => completions::run(Self::command(), shell),
            Command::Man => manual::run(Self::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
