//! Compares the log events in the sources with the table on the page.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{read, rows};

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// All source files of the crates.
fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("src"));
    let mut waiting: Vec<PathBuf> = folders.filter(|folder| folder.is_dir()).collect();
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The events in a source: level, and message with placeholders.
fn events(source: &str) -> BTreeSet<(String, String)> {
    let mut events = BTreeSet::new();
    // Tests are at the end of a file, and their log does not count.
    let (source, _) = source
        .split_once("\n#[cfg(test)]\nmod tests {\n")
        .unwrap_or((source, ""));
    for level in LEVELS {
        for call in source.split(&format!("tracing::{level}!(")).skip(1) {
            let arguments = arguments(call);
            // The message is the only text in quotes; its parameters follow.
            let (_, message) = arguments
                .split_once('"')
                .unwrap_or_else(|| panic!("no message: {arguments}"));
            let (message, rest) = message.split_once('"').unwrap();
            assert!(!rest.contains('"'), "more than one text: {arguments}");
            events.insert((level.to_owned(), opened(message)));
        }
    }
    events
}

/// The text before the parenthesis that closes the call.
fn arguments(call: &str) -> &str {
    let (mut depth, mut is_text) = (1, false);
    for (position, letter) in call.char_indices() {
        match letter {
            '"' => is_text = !is_text,
            '(' if !is_text => depth += 1,
            ')' if !is_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &call[..position];
        }
    }
    panic!("a call without an end: {call}");
}

/// `waiting {n} seconds` as `waiting … seconds`.
fn opened(message: &str) -> String {
    let mut text = String::new();
    for (index, part) in message.split(['{', '}']).enumerate() {
        text.push_str(if index % 2 == 0 { part } else { "…" });
    }
    text
}

#[test]
fn every_event_is_in_the_table_with_its_level_and_no_other_is() {
    let files = sources();
    assert!(files.len() > 100, "{files:?}");
    let logged: BTreeSet<_> = files
        .iter()
        .flat_map(|file| events(&fs::read_to_string(file).unwrap()))
        .collect();
    let page = read("docs/operations.md");
    let rows = rows(&page).into_iter();
    let documented: BTreeSet<_> = rows
        .filter(|cells| LEVELS.contains(&&*cells[1]))
        .map(|cells| (cells[1].clone(), cells[0].trim_matches('`').to_owned()))
        .collect();
    assert_eq!(documented, logged);
}

#[test]
fn events_are_logged_by_their_full_name_only() {
    // Otherwise they would be missing in the table.
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        for level in LEVELS {
            let bare = [
                format!(" {level}!("),
                format!("\t{level}!("),
                format!("log::{level}!("),
            ];
            let found = bare.iter().find(|call| text.contains(*call));
            assert!(found.is_none(), "{}: {found:?}", file.display());
        }
        assert!(!text.contains("tracing::event!"), "{}", file.display());
    }
}
