//! The tests that there are, for the pages that name some: a name must lead to one test and to nothing else.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands before the lists of tests that are run in several set-ups.
const LISTS: [&str; 3] = ["in_every_setup![", "on_both_stores![", "in_one_setup!["];

/// Where the project is.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every source below the folder, by its path without `.rs`.
pub fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.with_extension(""), text));
        }
    }
    found
}

/// Asserts that this is the name of one test. Where several have it, the module has to be named, too.
pub fn assert_is_a_test(name: &str, sources: &[(PathBuf, String)]) {
    let (module, test) = name.rsplit_once("::").unwrap_or(("", name));
    let file = module.replace("::", "/");
    let named = sources
        .iter()
        .filter(|(path, _)| path.ends_with(&file) || file.is_empty());
    let found: usize = named.map(|(_, source)| tests_called(test, source)).sum();
    assert_eq!(found, 1, "so many tests are called {name}");
}

/// How many tests of this name are in a source.
fn tests_called(name: &str, source: &str) -> usize {
    let definition = format!("fn {name}(");
    let is_listed = LISTS.iter().any(|list| {
        let lists = source.split(list).skip(1);
        let mut names = lists.flat_map(|rest| rest.split(']').next().unwrap().split(','));
        names.any(|listed| listed.trim() == name)
    });
    let definitions = source.match_indices(&definition);
    let tests = definitions.filter(|(place, _)| is_listed || is_marked(&source[..*place]));
    tests.count()
}

/// Whether an attribute right above, or above other attributes, says that what follows is a test.
fn is_marked(before: &str) -> bool {
    let (above, _) = before.rsplit_once('\n').unwrap_or_default();
    let lines = above.lines().rev().map(str::trim);
    let mut attributes = lines.take_while(|line| line.starts_with("#["));
    attributes.any(|line| {
        let name = line
            .trim_start_matches("#[")
            .split(['(', ']'])
            .next()
            .unwrap();
        ["test", "tokio::test", "actix_web::test"].contains(&name)
    })
}

#[test]
fn a_function_is_no_test_unless_it_is_run_as_one() {
    let source = "in_every_setup![\n    one,\n];\nasync fn one(d: D) {}\nfn two() {}\n    #[tokio::test(a = \"b\")]\n    \
        #[expect(c)]\n    async fn three() {}\n#[test]\nfn four() {}\n#[testing]\nfn five() {}\n";
    let found = ["one", "two", "three", "four", "five"].map(|name| tests_called(name, source));
    assert_eq!(found, [1, 0, 1, 1, 0]);
}
