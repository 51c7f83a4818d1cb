//! All commands and tests that `docs/reliability.md` names exist.

use std::fs;

use crate::support::named_tests::{assert_is_a_test, project, sources};

fn page() -> String {
    fs::read_to_string(project().join("docs/reliability.md")).unwrap()
}

/// All code spans of the page.
fn code() -> Vec<String> {
    let page = page();
    let pieces = page.split('`').skip(1).step_by(2);
    pieces.map(str::to_owned).collect()
}

#[test]
fn every_test_on_the_page_exists() {
    let sources = sources(&project().join("crates"));
    let is_name = |text: &&String| {
        text.chars()
            .all(|sign| sign.is_ascii_lowercase() || "_0123456789:".contains(sign))
    };
    let code = code();
    let tests = code
        .iter()
        .filter(is_name)
        .filter(|text| text.matches('_').count() > 2);
    let tests: Vec<_> = tests.collect();
    assert!(tests.len() > 20, "{tests:?}");
    for test in tests {
        assert_is_a_test(test, &sources);
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
