//! Reads the Dockerfile.

use super::read;

/// The instructions of the Dockerfile with their arguments, lines joined.
pub fn dockerfile() -> Vec<(String, String)> {
    let text = read("Dockerfile");
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let instructions = joined.lines().filter_map(|line| line.split_once(' '));
    instructions
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

/// The last instruction of this name, which takes effect.
pub fn instruction(name: &str) -> String {
    let instructions = dockerfile();
    let found = instructions.iter().rev().find(|(each, _)| each == name);
    found
        .unwrap_or_else(|| panic!("the Dockerfile has no {name}"))
        .1
        .clone()
}

/// The variables of the image.
pub fn image_environment() -> Vec<(String, String)> {
    let instructions = dockerfile().into_iter().filter(|(name, _)| name == "ENV");
    instructions
        .flat_map(|(_, rest)| {
            rest.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .map(|assignment| {
            let (name, value) = assignment.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}
