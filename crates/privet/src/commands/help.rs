//! The text of `--help` that clap does not generate. The manual page contains it too.

use std::fmt::Write;

use crate::configuration::variables;

/// The maximum line length, in columns.
pub const WIDTH: usize = 100;

/// The column at which the meaning of a variable begins.
const INDENT: usize = 33;

/// What `privet serve` does, and the first steps.
pub const SERVE: &str = "\
Migrates the database, then serves until SIGTERM or Ctrl-C. Without a command Privet does the same.

To try it, no configuration is needed:

  1. privet serve
     serves on http://127.0.0.1:8080, with its data in data/privet.db below this folder.
  2. privet token --user 5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d
     in a second terminal, in the same folder, prints a token for that user.
  3. http://127.0.0.1:8080/swagger-ui/
     shows all requests: choose Authorize, paste the token, and try one.";

/// Where to find more.
pub const MORE: &str = "`privet serve --help` lists all configuration variables.";

/// How to install completions.
pub const COMPLETIONS: &str = "\
Examples:
  privet completions bash > /usr/share/bash-completion/completions/privet
  privet completions zsh  > /usr/local/share/zsh/site-functions/_privet
  privet completions fish > ~/.config/fish/completions/privet.fish";

/// How to install the manual page.
pub const MANUAL: &str = "\
Example:
  privet man > /usr/local/share/man/man1/privet.1 && man privet";

/// The meaning of each exit status.
pub const EXIT_STATUSES: [(&str, &str); 3] = [
    ("0", "success, or stopped by a signal"),
    ("1", "an error; one line on standard error has the cause"),
    (
        "2",
        "an invalid command line or variable; one line has the name and the valid values",
    ),
];

/// Examples of commands, with their purpose.
pub const EXAMPLES: [(&str, &str); 4] = [
    (
        "PRIVET_LISTEN=0.0.0.0:8080 privet",
        "listens on all addresses, with SQLite",
    ),
    (
        "DATABASE_URL=postgres://privet:…@db/privet PRIVET_JWT_SECRET_FILE=/run/secrets/jwt privet",
        "PostgreSQL, with the secret of your login service",
    ),
    (
        "PRIVET_LIMIT_MESSAGING_UPDATE=20/minute PRIVET_LOG_FORMAT=json privet",
        "another rate limit, and the log as JSON",
    ),
    (
        "PRIVET_CORS_ORIGINS=https://app.example.com privet",
        "allows web pages of that origin",
    ),
];

/// Documents for further reading.
pub const DOCUMENTATION: [(&str, &str); 4] = [
    ("README.md", "first requests, and rules of decisions"),
    ("docs/conventions.md", "errors, entity tags, rate limits"),
    (
        "docs/deployment.md",
        "PostgreSQL, Redis, replicas, proxies, upgrades",
    ),
    ("/swagger-ui/", "all paths of the running server"),
];

/// The variables by group, and other information about serving.
pub fn of_serving() -> String {
    let mut help = String::from("Environment variables (an empty one counts as not set):\n");
    for (heading, variables) in variables::groups() {
        let _ = writeln!(help, "\n  {heading}:");
        for variable in variables {
            let default = match variable.default {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            let meaning = format!("{}{default}", variable.meaning);
            entry(&mut help, variable.name, &meaning);
        }
    }
    let _ = writeln!(help, "\n  Names of limits:");
    paragraph(&mut help, 4, &variables::limit_names());
    for (heading, entries) in [
        ("Examples", &EXAMPLES[..]),
        ("Exit status", &EXIT_STATUSES[..]),
        ("Documentation", &DOCUMENTATION[..]),
    ] {
        let _ = writeln!(help, "\n{heading}:");
        for (what, meaning) in entries {
            if heading == "Examples" {
                let _ = writeln!(help, "  {what}\n      {meaning}");
            } else {
                entry(&mut help, what, meaning);
            }
        }
    }
    help.truncate(help.trim_end().len());
    help
}

fn entry(help: &mut String, name: &str, meaning: &str) {
    let _ = write!(help, "    {name:<width$}", width = INDENT - 4);
    let from = help.len();
    paragraph(help, INDENT, meaning);
    // The meaning begins on the line of the name.
    help.replace_range(from..from + INDENT, "");
}

/// Wraps text between two columns.
fn paragraph(help: &mut String, indent: usize, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > WIDTH {
            if column > 0 {
                help.push('\n');
            }
            let _ = write!(help, "{:indent$}{word}", "");
            column = indent + length;
        } else {
            let _ = write!(help, " {word}");
            column += 1 + length;
        }
    }
    help.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_width() {
        let texts = [SERVE, MORE, COMPLETIONS, MANUAL, &of_serving()].map(str::to_owned);
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn a_long_meaning_goes_on_below_where_it_began() {
        let mut help = String::new();
        entry(&mut help, "NAME", &"word ".repeat(30));
        let mut lines = help.lines();
        let first = lines.next().unwrap();
        assert_eq!(first.find("word"), Some(INDENT), "{help}");
        assert!(first.starts_with("    NAME "), "{help}");
        assert_eq!(lines.next().unwrap().find("word"), Some(INDENT), "{help}");
    }
}
