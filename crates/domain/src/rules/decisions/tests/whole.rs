//! Every input of the built-in catalogues: for each action, whatever its two users may have set of what it needs, the
//! exceptions, the relationships, and whether the viewer is an administrator.

use super::naive::{Rule, Side, name_of};
use super::*;
use crate::catalogue::BuiltIn;
use crate::catalogue::preferences::PreferencesSchema;

const EXCEPTIONS: [Option<Exception>; 3] = [None, Some(Exception::Never), Some(Exception::Always)];

/// What a user may have set of an action.
struct Set {
    settings: EffectiveSettings,
    /// The value of each need.
    values: Vec<String>,
}

/// Every combination of values of the settings that an action needs.
fn all_sets(catalogue: &Catalogue, rule: &Rule) -> Vec<Set> {
    let mut all = vec![Map::new()];
    for (name, _) in &rule.needs {
        let (_, setting) = catalogue.find(name).unwrap();
        let with = |value: &Value| {
            let add = |choices: &Map<String, Value>| {
                let mut choices = choices.clone();
                choices.insert(name.clone(), value.clone());
                choices
            };
            all.iter().map(add).collect::<Vec<_>>()
        };
        all = setting.values().iter().flat_map(with).collect();
    }
    let sets = all.iter().map(|choices| Set {
        settings: in_force(catalogue, choices),
        values: choices.values().map(|it| name_of(it).to_owned()).collect(),
    });
    sets.collect()
}

fn exceptions(rule: &ActionRule, exception: Option<Exception>) -> Exceptions {
    Exceptions::of(exception.map(|it| (rule.name(), it)))
}

/// Calls for everything that may be set by the two users: facts but the relationship, and the same for the tables.
fn for_each_set(
    catalogue: &Catalogue,
    rule: &ActionRule,
    naive: &Rule,
    mut call: impl FnMut(Facts, Side<'_>, Side<'_>),
) {
    let sets = all_sets(catalogue, naive);
    // Of who views something that is not reciprocal, one stands for all.
    let of_viewers = if naive.reciprocal { sets.len() } else { 1 };
    let exceptions_of_viewers = if naive.reciprocal {
        &EXCEPTIONS[..]
    } else {
        &[None]
    };
    for subject in &sets {
        for viewer in &sets[..of_viewers] {
            let names = [subject, viewer]
                .map(|set| -> Vec<&str> { set.values.iter().map(String::as_str).collect() });
            for of_subject in EXCEPTIONS {
                for of_viewer in exceptions_of_viewers {
                    let side = |values, exception: Option<Exception>| Side {
                        values,
                        exception: exception.map(Exception::as_str),
                    };
                    let facts = Facts {
                        settings: subject.settings.clone(),
                        exceptions: exceptions(rule, of_subject),
                        relationship: Relationship::default(),
                        viewer: Viewer::Known {
                            settings: viewer.settings.clone(),
                            exceptions: exceptions(rule, *of_viewer),
                        },
                    };
                    call(
                        facts,
                        side(&names[0], of_subject),
                        side(&names[1], *of_viewer),
                    );
                }
            }
        }
    }
}

fn decide_all(built_in: BuiltIn) -> usize {
    let catalogue = Catalogue::built_in(built_in, PreferencesSchema::built_in());
    let document = catalogue.to_document();
    let relationships: Vec<_> = all_relationships().collect();
    let mut cases = 0;
    for rule in catalogue.actions() {
        let naive = Rule::of(&document, rule.name());
        for_each_set(&catalogue, rule, &naive, |mut facts, subject, viewer| {
            for relationship in &relationships {
                facts.relationship = *relationship;
                for admin in BOOLEANS {
                    let Decision { allowed, reason } = decide(rule, &facts, admin);
                    let expected = naive.expected(subject, viewer, *relationship, admin);
                    let decided = (allowed, reason.as_str());
                    assert_eq!(decided, expected, "{} {admin} {facts:?}", rule.name());
                    cases += 1;
                }
            }
        });
    }
    cases
}

/// Relationships, administrator or not, and exceptions of the subject.
const OF_EACH: usize = 512 * 2 * 3;

#[test]
fn every_decision_of_core_is_that_of_the_tables() {
    // Two audiences of three values and a switch with one, another audience, six switches or accounts.
    assert_eq!(
        decide_all(BuiltIn::Core),
        OF_EACH * (3 + 3 + 6 + 2 + 2 + 3 + 2 + 2 + 2)
    );
}

#[test]
fn every_decision_of_messenger_is_that_of_the_tables() {
    let (audience, switch) = (8, 2);
    let reciprocal = |values: usize| values * values * 3;
    let of_core = audience
        + reciprocal(audience)
        + reciprocal(audience * switch)
        + reciprocal(switch) * 2
        + audience
        + switch * 3;
    let besides = audience * 12 + switch;
    assert_eq!(
        decide_all(BuiltIn::Messenger),
        OF_EACH * (of_core + besides)
    );
}

/// What the stores leave out of their joins.
#[test]
fn no_decision_depends_on_what_its_action_does_not_ask_for() {
    for built_in in BuiltIn::ALL {
        let catalogue = Catalogue::built_in(built_in, PreferencesSchema::built_in());
        let document = catalogue.to_document();
        for rule in catalogue.actions() {
            let naive = Rule::of(&document, rule.name());
            for_each_set(&catalogue, rule, &naive, |facts, _, _| {
                let unasked = is_unasked(rule);
                for relationship in all_relationships().filter(unasked) {
                    let whole = Facts {
                        relationship,
                        ..facts.clone()
                    };
                    let decided = decide(rule, &known(rule, &whole), false);
                    assert_eq!(decided, decide(rule, &whole, false), "{}", rule.name());
                }
            });
        }
    }
}

/// Relationships that hold something which the action does not ask for.
fn is_unasked(rule: &ActionRule) -> impl Fn(&Relationship) -> bool {
    let contacts = rule.asks_for_contacts();
    let (follows, followed) = (rule.asks_for_follows(), rule.asks_for_followed());
    move |Relationship {
              subject, viewer, ..
          }| {
        let added = |ties: &Ties| ties.added || ties.close_friend;
        (added(subject) || added(viewer)) && !contacts
            || viewer.follows && !follows
            || subject.follows && !followed
    }
}

/// The facts that the action asks for.
fn known(rule: &ActionRule, facts: &Facts) -> Facts {
    let known = |ties: Ties, asks_for_follows: bool| Ties {
        added: ties.added && rule.asks_for_contacts(),
        close_friend: ties.close_friend && rule.asks_for_contacts(),
        follows: ties.follows && asks_for_follows,
    };
    let mut asked = facts.clone();
    let Relationship {
        subject, viewer, ..
    } = facts.relationship;
    asked.relationship.subject = known(subject, rule.asks_for_followed());
    asked.relationship.viewer = known(viewer, rule.asks_for_follows());
    if !rule.is_reciprocal() {
        asked.viewer = Viewer::Unread;
    }
    asked
}

/// For every input of `core`, which services and owners are told alike.
#[test]
fn every_explanation_is_the_decision() {
    let core = Catalogue::core();
    let document = core.to_document();
    for rule in core.actions() {
        let naive = Rule::of(&document, rule.name());
        for_each_set(&core, rule, &naive, |mut facts, _, _| {
            for relationship in all_relationships() {
                facts.relationship = relationship;
                for explained in explain(&core, &facts) {
                    let decided = decide(explained.rule, &facts, false);
                    assert_eq!(explained.decision, decided, "{facts:?}");
                }
            }
        });
    }
}
