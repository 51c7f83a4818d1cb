//! The command line: the commands, their arguments, and what runs each of them. A command is a file.

mod catalogue;
mod completions;
mod health;
mod help;
mod manual;
mod migrate;
mod openapi;
mod serve;
mod startup_log;
mod token;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::configuration::Environment;
use crate::failure::Failure;

use catalogue::CatalogueCommand;
use token::TokenArguments;

/// Privet owns every user's privacy settings and preferences, and answers what they allow.
///
/// Without a command it serves: on port 8080 of this machine, with its data in data/privet.db, until
/// configured otherwise.
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
    /// Migrate the database and nothing else
    Migrate,
    /// Print a token that a running Privet with the same configuration takes
    Token(TokenArguments),
    /// Print the OpenAPI document; needs no database
    Openapi,
    /// Check, print or describe the catalogue of settings and actions; needs no database
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Ask the Privet that runs here whether it is ready: exit status 0 if so, else 1
    Health,
    /// Print what a shell needs to complete these commands
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
    /// Does what was asked.
    pub fn run(self) -> Result<(), Failure> {
        let environment = Environment::of_process();
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(&environment),
            Command::Migrate => migrate::run(&environment),
            Command::Token(arguments) => token::run(&environment, arguments),
            Command::Openapi => openapi::run(&environment),
            Command::Catalogue { command } => catalogue::run(&environment, command),
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
