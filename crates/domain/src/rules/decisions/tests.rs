//! Compares the rules with two other evaluators: a readable table of the built-in actions, and an evaluator made of
//! tables, for every input of the built-in catalogues and for generated catalogues.

mod generated;
mod naive;
mod table;
mod whole;

use serde_json::{Map, Value, json};

use super::*;
use crate::catalogue::{Catalogue, Choices, Cohorts};
use crate::rules::explanations::explain;

const BOOLEANS: [bool; 2] = [false, true];

/// Every relationship: three flags, and three ties in each direction.
fn all_relationships() -> impl Iterator<Item = Relationship> {
    (0..512_u32).map(relationship)
}

fn relationship(bits: u32) -> Relationship {
    let bit = |place: u32| bits >> place & 1 == 1;
    let ties = |first: u32| Ties {
        added: bit(first),
        close_friend: bit(first + 1),
        follows: bit(first + 2),
    };
    Relationship {
        is_oneself: bit(6),
        is_erased: bit(7),
        is_blocked: bit(8),
        subject: ties(0),
        viewer: ties(3),
    }
}

/// All combinations of choices in the built-in catalogue `core`.
fn all_choices() -> Vec<Map<String, Value>> {
    let core = Catalogue::core();
    let mut all = vec![Map::new()];
    for setting in core.settings() {
        let with = |value: &Value| {
            let add = |choices: &Map<String, Value>| {
                let mut choices = choices.clone();
                choices.insert(setting.name().to_owned(), value.clone());
                choices
            };
            all.iter().map(add).collect::<Vec<_>>()
        };
        all = setting.values().iter().flat_map(with).collect();
    }
    all
}

fn in_force(catalogue: &Catalogue, choices: &Map<String, Value>) -> EffectiveSettings {
    let choices = Choices::from_stored(choices.clone());
    catalogue.in_force(&choices, &Cohorts::default())
}

/// What `core` can tell apart of a relationship: the flags, mutual contacts, and whether the viewer is a follower.
fn relationships_of_core() -> impl Iterator<Item = Relationship> {
    let differs = |relationship: &Relationship| {
        let Relationship {
            subject, viewer, ..
        } = relationship;
        let is_unseen = subject.close_friend || viewer.close_friend || subject.follows;
        subject.added == viewer.added && !is_unseen
    };
    all_relationships().filter(differs)
}

/// 9 actions x 2 (administrator or not) x 32 relationships x 1,440 settings (five switches, two audiences of three, five
/// durations). More settings make more.
const LEAST_CASES: usize = 829_440;

#[test]
fn all_829_440_decisions_are_those_of_the_table() {
    let core = Catalogue::core();
    let mut cases = 0;
    for choices in all_choices() {
        let mut facts = Facts::of_stranger(in_force(&core, &choices));
        for relationship in relationships_of_core() {
            facts.relationship = relationship;
            for rule in core.actions() {
                for admin in BOOLEANS {
                    let Decision { allowed, reason } = decide(rule, &facts, admin);
                    let expected = table::expected(rule.name(), &choices, relationship, admin);
                    let decided = (allowed, reason.as_str());
                    assert_eq!(decided, expected, "{} {admin} {facts:?}", rule.name());
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= LEAST_CASES, "{cases}");
}

#[test]
fn every_reason_has_a_name_of_its_own() {
    let names = Reason::ALL.map(Reason::as_str);
    for (place, name) in names.iter().enumerate() {
        assert_eq!(names.iter().position(|it| it == name), Some(place));
    }
}

/// An administrator comes last, and an exception comes before every setting.
#[test]
fn an_exception_is_stronger_than_an_administrator_and_a_block_than_an_exception() {
    let core = Catalogue::core();
    let (_, rule) = core.find_action("add_to_group").unwrap();
    let mut facts = Facts::of_stranger(core.defaults().clone());
    for (exception, expected) in [
        (Exception::Never, (false, "exception_never")),
        (Exception::Always, (true, "exception_always")),
    ] {
        facts.exceptions = Exceptions::of([("add_to_group", exception)]);
        for admin in BOOLEANS {
            let Decision { allowed, reason } = decide(rule, &facts, admin);
            assert_eq!((allowed, reason.as_str()), expected);
        }
    }
    facts.relationship.is_blocked = true;
    assert_eq!(decide(rule, &facts, true).reason, Reason::Blocked);
}

/// Without facts about the viewer a reciprocal action is refused, not allowed.
#[test]
fn a_viewer_of_whom_nothing_is_known_does_not_reciprocate() {
    let catalogue = Catalogue::messenger();
    let (_, rule) = catalogue.find_action("view_typing").unwrap();
    let mut facts = Facts::of_stranger(catalogue.defaults().clone());
    assert_eq!(decide(rule, &facts, false).reason, Reason::NotReciprocated);
    facts.viewer = Viewer::Reciprocating;
    assert_eq!(decide(rule, &facts, false).reason, Reason::SettingOn);
}
