//! Compares the rules with two other evaluators: a readable table, for every input of the built-in catalogue, and
//! a naive evaluator that reads the catalogue document, for generated catalogues.

mod generated;
mod naive;
mod table;

use serde_json::{Map, Value, json};

use super::*;
use crate::catalogue::{Catalogue, Choices};

const BOOLEANS: [bool; 2] = [false, true];

fn all_relationships() -> impl Iterator<Item = Relationship> {
    (0..32_u32).map(|bits| {
        let bit = |place: u32| bits >> place & 1 == 1;
        Relationship {
            is_oneself: bit(0),
            is_erased: bit(1),
            is_blocked: bit(2),
            are_mutual_contacts: bit(3),
            is_accepted_follower: bit(4),
        }
    })
}

/// All combinations of choices in the built-in catalogue.
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

fn facts(catalogue: &Catalogue, choices: &Map<String, Value>, relationship: Relationship) -> Facts {
    Facts {
        settings: catalogue.in_force(&Choices::from_stored(choices.clone())),
        relationship,
    }
}

/// 9 actions x 2 (administrator or not) x 32 relationships x 1,440 settings (five switches, two audiences of three, five
/// durations). More settings make more.
const LEAST_CASES: usize = 829_440;

#[test]
fn all_829_440_decisions_are_those_of_the_table() {
    let core = Catalogue::core();
    let mut cases = 0;
    for choices in all_choices() {
        let mut facts = facts(&core, &choices, Relationship::default());
        for relationship in all_relationships() {
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

/// The facts that stores do not read for an action.
#[test]
fn no_decision_depends_on_what_its_action_does_not_ask_for() {
    let core = Catalogue::core();
    for choices in all_choices() {
        let settings = core.in_force(&Choices::from_stored(choices));
        for relationship in all_relationships() {
            for rule in core.actions() {
                let known = Relationship {
                    are_mutual_contacts: relationship.are_mutual_contacts
                        && rule.asks_for_contacts(),
                    is_accepted_follower: relationship.is_accepted_follower
                        && rule.asks_for_follows(),
                    ..relationship
                };
                for admin in BOOLEANS {
                    let decision = |relationship| {
                        let settings = settings.clone();
                        let facts = Facts {
                            settings,
                            relationship,
                        };
                        decide(rule, &facts, admin)
                    };
                    assert_eq!(decision(known), decision(relationship), "{}", rule.name());
                }
            }
        }
    }
}

#[test]
fn every_reason_has_a_name_of_its_own() {
    let names = Reason::ALL.map(Reason::as_str);
    for (place, name) in names.iter().enumerate() {
        assert_eq!(names.iter().position(|it| it == name), Some(place));
    }
}

#[test]
fn the_naive_evaluator_agrees_with_the_table() {
    let document = Catalogue::core().to_document();
    let choices = json!({"messaging.show_read_receipts": false, "account.is_private": true});
    let choices = choices.as_object().unwrap();
    for relationship in all_relationships() {
        for action in document["actions"].as_object().unwrap().keys() {
            for admin in BOOLEANS {
                assert_eq!(
                    naive::expected(&document, action, choices, relationship, admin),
                    table::expected(action, choices, relationship, admin),
                    "{action} {relationship:?}"
                );
            }
        }
    }
}
