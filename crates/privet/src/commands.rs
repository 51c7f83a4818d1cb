//! The command line: which commands there are, what they take, and which of them needs what of the
//! configuration.

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

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use privet_domain::UserId;

use crate::configuration::Environment;
use crate::failure::Failure;

use catalogue::CatalogueCommand;
use token::{DEFAULT_TTL, Ttl};

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

/// Whom a token is for, and what it carries.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// The user, or the service, that the token is for: a UUID
    #[arg(long, value_name = "UUID", value_parser = UserId::parse)]
    pub user: UserId,
    /// What it allows a service to do: words separated by spaces, such as "privacy:decide"
    #[arg(long)]
    pub scope: Option<String>,
    /// For how long it is good: 30s, 15m, 1h or 7d
    #[arg(long, default_value = DEFAULT_TTL, value_parser = Ttl::parse)]
    pub ttl: Ttl,
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
            Command::Completions { shell } => completions::run(shell),
            Command::Man => manual::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
