//! `privet man`: prints the manual page, one page for all commands, generated from the help.

use std::io::{self, Write};

use anyhow::Context;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::help;
use crate::configuration::variables;
use crate::failure::Failure;

/// Prints the manual page of `command`.
pub fn run(command: Command) -> Result<(), Failure> {
    let page = page(command).context("cannot write the manual page")?;
    let printed = io::stdout().lock().write_all(&page);
    printed.context("cannot write to standard output")?;
    Ok(())
}

fn page(command: Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let commands: Vec<_> = command.get_subcommands().cloned().collect();
    let head = Man::new(command);
    head.render_title(&mut page)?;
    head.render_name_section(&mut page)?;
    head.render_synopsis_section(&mut page)?;
    head.render_description_section(&mut page)?;
    let mut body = Roff::new();
    body.control("SH", ["COMMANDS"]);
    for command in &commands {
        describe(&mut body, command);
    }
    add_variables(&mut body);
    add_list(&mut body, "EXAMPLES", &help::EXAMPLES);
    add_list(&mut body, "EXIT STATUS", &help::EXIT_STATUSES);
    add_list(&mut body, "SEE ALSO", &help::DOCUMENTATION);
    body.to_writer(&mut page)?;
    Ok(page)
}

fn describe(page: &mut Roff, command: &Command) {
    page.control("SS", [format!("privet {}", command.get_name()).as_str()]);
    let about = command.get_long_about().or(command.get_about());
    // Keeps line breaks: some lines are lists.
    page.control("nf", []);
    page.text([roman(about.map(ToString::to_string).unwrap_or_default())]);
    page.control("fi", []);
    for argument in command.get_arguments() {
        describe_argument(page, argument);
    }
}

fn describe_argument(page: &mut Roff, argument: &Arg) {
    let long = argument.get_long().map(|long| format!("--{long}"));
    let value = argument.get_value_names().unwrap_or_default().join(" ");
    page.control("TP", []);
    page.text([bold(long.unwrap_or_default()), roman(" "), italic(value)]);
    let about = argument.get_help().map(ToString::to_string);
    page.text([roman(about.unwrap_or_default())]);
}

fn add_variables(page: &mut Roff) {
    page.control("SH", ["ENVIRONMENT"]);
    page.text([roman("An empty variable counts as not set.")]);
    for (heading, variables) in variables::groups() {
        page.control("SS", [heading]);
        for variable in variables {
            page.control("TP", []);
            page.text([bold(variable.name)]);
            page.text([roman(variable.meaning)]);
            if !variable.default.is_empty() {
                page.control("br", []);
                page.text([roman(format!("Default: {}.", variable.default))]);
            }
        }
    }
    page.control("SS", ["Names of limits"]);
    page.text([roman(variables::limit_names())]);
}

fn add_list(page: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    page.control("SH", [heading]);
    for (what, meaning) in entries {
        page.control("TP", []);
        page.text([bold(*what)]);
        page.text([roman(*meaning)]);
    }
}
