//! Help, manual page and completions.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Program;

const COMMANDS: [&str; 11] = [
    "serve",
    "migrate",
    "token",
    "openapi",
    "catalogue",
    "import",
    "export",
    "receipt",
    "health",
    "completions",
    "man",
];

async fn printed(arguments: &[&str]) -> String {
    let output = Program::new(arguments).run().await;
    let ended = (output.status, output.stderr.as_str());
    assert_eq!(ended, (0, ""), "{arguments:?}");
    output.stdout
}

/// The variables in the table of README.md.
fn documented() -> BTreeSet<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, table) = readme
        .split_once("\n| variable | default | meaning |\n")
        .unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let names = table.lines().filter_map(|row| row.split('|').nth(1));
    let names = names.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_help_names_every_command() {
    let help = printed(&["--help"]).await;
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
    assert!(printed(&["--version"]).await.starts_with("privet "));
}

#[tokio::test]
async fn the_help_of_serve_is_complete() {
    let help = printed(&["serve", "--help"]).await;
    for name in documented() {
        assert!(help.contains(&format!("\n    {name} ")), "{name}: {help}");
    }
    for part in [
        "privet token --user",
        "http://127.0.0.1:8080/swagger-ui/",
        "[default: sqlite://data/privet.db]",
        "MESSAGING_UPDATE",
        "\nExamples:\n",
        "\nExit status:\n",
        "docs/deployment.md",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[tokio::test]
async fn the_short_help_of_serving_is_short() {
    let help = printed(&["serve", "-h"]).await;
    assert!(help.lines().count() < 12, "{help}");
    assert!(help.contains("privet serve --help"), "{help}");
}

#[tokio::test]
async fn the_manual_page_has_every_command_and_every_variable() {
    let page = printed(&["man"]).await;
    assert!(page.contains("\n.TH privet 1 "), "{page}");
    // A line that begins with a dot is a macro; hyphens in names are escaped.
    let text = page.replace("\\-", "-");
    for command in COMMANDS {
        assert!(
            text.contains(&format!("\n.SS \"privet {command}\"\n")),
            "{command}: {text}"
        );
    }
    for name in documented() {
        assert!(
            text.contains(&format!("\n\\fB{name}\\fR\n")),
            "{name}: {text}"
        );
    }
    for heading in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "ENVIRONMENT",
        "EXIT STATUS",
    ] {
        assert!(
            text.contains(&format!("\n.SH {heading}\n"))
                || text.contains(&format!("\n.SH \"{heading}\"\n")),
            "{heading}: {text}"
        );
    }
}

#[tokio::test]
async fn completions_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]).await;
        for command in COMMANDS {
            assert!(script.contains(command), "{command} in {shell}");
        }
        assert!(
            script.contains("--ttl") || script.contains("-l ttl"),
            "{shell}"
        );
    }
    let refused = Program::new(&["completions", "cmd"]).run().await;
    assert_eq!(refused.status, 2, "{refused:?}");
}

#[tokio::test]
async fn bash_completes_a_command() {
    let script = printed(&["completions", "bash"]).await;
    let ask = "COMP_WORDS=(privet comp); COMP_CWORD=1; _privet privet comp privet; echo \"${COMPREPLY[*]}\"";
    let mut shell = tokio::process::Command::new("bash");
    let output = shell
        .args(["--norc", "-c", &format!("{script}\n{ask}")])
        .output()
        .await
        .unwrap();
    let completed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(completed.trim(), "completions", "{output:?}");
}
