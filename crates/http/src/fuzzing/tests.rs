//! Runs every target on every stored input and on mutations, which are the same in each run.

use std::fs;
use std::path::PathBuf;

use super::TARGETS;

/// The number of mutations for each target.
const MUTATIONS: usize = 20_000;
/// The maximum size of a mutation in bytes; stored inputs may be longer.
const LONGEST: usize = 4_096;

/// Fragments that parsers look for.
const WORDS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "true",
    "-1",
    "1e999",
    "\\u0000",
    ".",
    "..",
    "=",
    "user",
    "checks",
    "evaluations",
    "theme",
    "theme.mode",
    "alg",
    "none",
    "exp",
    "\n",
];

fn stored(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Random numbers that are the same in each run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit as u64).max(1)).unwrap()
    }
}

fn mutated(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = inputs[dice.below(inputs.len())].clone();
    input.truncate(LONGEST);
    for _ in 0..=dice.below(4) {
        let place = dice.below(input.len() + 1);
        match dice.below(6) {
            0 => input.truncate(place),
            1 => drop(input.drain(place..(place + dice.below(16)).min(input.len()))),
            2 => {
                let word = WORDS[dice.below(WORDS.len())];
                input.splice(place..place, word.bytes());
            }
            3 => {
                let other = &inputs[dice.below(inputs.len())];
                let from = dice.below(other.len());
                let to = (from + dice.below(64)).min(other.len());
                input.splice(place..place, other[from..to].iter().copied());
            }
            4 => {
                let to = (place + dice.below(32)).min(input.len());
                let piece = input[place..to].to_vec();
                input.splice(place..place, piece);
            }
            _ => {
                let change = u8::try_from(1 + dice.below(255)).unwrap();
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= change;
                }
            }
        }
    }
    input
}

fn goes_through_everything(name: &str) {
    let (_, target) = TARGETS
        .into_iter()
        .find(|(target, _)| *target == name)
        .unwrap();
    let inputs = stored(name);
    assert!(inputs.len() >= 10, "there are {} inputs", inputs.len());
    for input in &inputs {
        target(input);
    }
    target(b"");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..MUTATIONS {
        target(&mutated(&inputs, &mut dice));
    }
}

#[test]
fn tokens_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("token");
}

#[test]
fn preferences_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("preferences_patch");
}

#[test]
fn cursors_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("cursor");
}

#[test]
fn evaluations_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("authzen_evaluation");
}

#[test]
fn batches_of_evaluations_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("authzen_evaluations");
}

#[test]
fn decisions_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("decisions");
}

#[test]
fn changes_of_messaging_privacy_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("messaging_update");
}

#[test]
fn resets_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("preferences_reset");
}

#[test]
fn profiles_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("enforce_profile");
}

#[test]
fn exceptions_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("exceptions");
}

#[test]
fn filters_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("filter");
}

#[test]
fn previews_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("preview");
}

#[test]
fn marks_of_contacts_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("contact_update");
}

#[test]
fn cohorts_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("cohorts");
}

#[test]
fn queries_of_views_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("view_parameters");
}

#[test]
fn catalogues_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("catalogue");
}

#[test]
fn queries_of_changes_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("changes_query");
}

#[test]
fn every_target_has_a_program_for_the_fuzzer() {
    let programs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut found: Vec<_> = fs::read_dir(programs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    let found: Vec<_> = found
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap())
        .collect();
    let mut targets = TARGETS.map(|(name, _)| name);
    targets.sort_unstable();
    assert_eq!(found, targets);
}

#[test]
fn lines_of_imports_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("import_lines");
}

#[test]
fn documents_of_imports_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("own_import");
}

#[test]
fn changes_of_the_staff_hold_through_everything_stored_and_mutations_of_it() {
    goes_through_everything("support_change");
}
