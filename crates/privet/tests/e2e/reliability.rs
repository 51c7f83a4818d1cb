//! `docs/reliability.md` names nothing that is not there: each command is one of the Makefile's or a script, each
//! test exists under its name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(project().join("docs/reliability.md")).unwrap()
}

/// Everything on the page that is written as code.
fn code() -> Vec<String> {
    let page = page();
    let pieces = page.split('`').skip(1).step_by(2);
    pieces.map(str::to_owned).collect()
}

/// The names of all functions in Rust files below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let names = text.split("fn ").skip(1);
            let name = |rest: &str| rest.split(['(', '<']).next().unwrap().to_owned();
            found.extend(names.map(name));
        }
    }
}

#[test]
fn every_test_on_the_page_exists() {
    let mut known = BTreeSet::new();
    functions(&project().join("crates"), &mut known);
    let is_name = |text: &&String| {
        text.chars()
            .all(|sign| sign.is_ascii_lowercase() || "_0123456789:".contains(sign))
    };
    let code = code();
    let tests = code
        .iter()
        .filter(is_name)
        .filter(|text| text.matches('_').count() > 2);
    let tests: Vec<_> = tests.map(|text| text.rsplit(':').next().unwrap()).collect();
    assert!(tests.len() > 20, "{tests:?}");
    for test in tests {
        assert!(known.contains(test), "there is no test {test}");
    }
}

#[test]
fn every_command_on_the_page_exists() {
    let makefile = fs::read_to_string(project().join("Makefile")).unwrap();
    let code = code();
    let mut commands = 0;
    for words in code.iter().map(|text| text.split(' ').collect::<Vec<_>>()) {
        let words = words.iter().skip_while(|word| word.contains('='));
        let words: Vec<_> = words.copied().collect();
        match words[..] {
            ["make", target] => {
                assert!(
                    makefile.contains(&format!("\n{target}:")),
                    "there is no make {target}"
                );
                commands += 1;
            }
            [script, ..] if script.starts_with("scripts/") => {
                assert!(project().join(script).is_file(), "there is no {script}");
                commands += 1;
            }
            _ => {}
        }
    }
    assert!(commands > 10, "{commands}");
}
