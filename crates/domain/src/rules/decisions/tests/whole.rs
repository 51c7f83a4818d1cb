//! Every input of the built-in catalogues, without layers and with layers on all settings that actions need: for each
//! action, whatever its two users may have chosen of what it needs, their cohorts, the exceptions, the relationships, and
//! whether the viewer is an administrator.

use super::naive::{self, Rule, Side, name_of};
use super::*;
use crate::catalogue::BuiltIn;
use crate::catalogue::preferences::PreferencesSchema;

const EXCEPTIONS: [Option<Exception>; 3] = [None, Some(Exception::Never), Some(Exception::Always)];

/// Every set of cohorts of [`layered`]. The built-in catalogues know none of them.
const COHORTS: [&[&str]; 4] = [&["minor", "staff"], &["minor"], &["staff"], &[]];

/// What a user may have in force of an action.
struct Set {
    settings: EffectiveSettings,
    /// The value of each need.
    values: Vec<String>,
}

/// Every combination of choices, or of none, of the settings that an action needs.
fn all_choices(catalogue: &Catalogue, rule: &Rule) -> Vec<Map<String, Value>> {
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
        let chosen: Vec<_> = setting.values().iter().flat_map(with).collect();
        all.extend(chosen);
    }
    all
}

/// Every combination of values in force of the settings that an action needs, each once. Fails if choices and cohorts
/// have other values in force than the tables say.
fn all_sets(catalogue: &Catalogue, document: &Value, rule: &Rule) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    let all_choices = all_choices(catalogue, rule);
    for cohorts in COHORTS {
        for choices in &all_choices {
            let stored = Choices::from_stored(choices.clone());
            let settings = catalogue.in_force(&stored, &Cohorts::of(cohorts.iter().copied()));
            let mut values = Vec::new();
            for (name, _) in &rule.needs {
                let value = naive::in_force(document, name, choices, cohorts);
                let (index, _) = catalogue.find(name).unwrap();
                let in_force = settings.value(catalogue, index);
                assert_eq!(in_force, value, "{name} {choices:?} {cohorts:?}");
                values.push(name_of(&value).to_owned());
            }
            if sets.iter().all(|set| set.values != values) {
                sets.push(Set { settings, values });
            }
        }
    }
    sets
}

/// This built-in catalogue with layers on every setting that an action needs. All users have another default. One cohort
/// may choose the second half of the values, and one the first two; a user of both may have no value that both allow.
fn layered(extends: &str) -> Catalogue {
    let mut document = json!({
        "extends": extends,
        "cohorts": {"minor": {"description": "Under 18."}, "staff": {"description": "Staff."}},
        "layers": [
            {"name": "everybody", "defaults": {}},
            {"name": "minors", "cohort": "minor", "defaults": {}, "allowed": {}},
            {"name": "staff", "cohort": "staff", "defaults": {}, "allowed": {}},
        ],
    });
    let built_in = Catalogue::parse(&json!({"extends": extends}).to_string()).unwrap();
    let whole = built_in.to_document();
    for action in built_in.actions() {
        for (name, _) in &Rule::of(&whole, action.name()).needs {
            let (_, setting) = built_in.find(name).unwrap();
            let values = setting.values();
            let layers = &mut document["layers"];
            layers[0]["defaults"][name] = values[1].clone();
            layers[1]["defaults"][name] = values[values.len() - 1].clone();
            layers[1]["allowed"][name] = json!(values[values.len().div_ceil(2)..]);
            layers[2]["allowed"][name] = json!(values[..2]);
        }
    }
    Catalogue::parse(&document.to_string()).unwrap()
}

fn exceptions(rule: &ActionRule, exception: Option<Exception>) -> Exceptions {
    Exceptions::of(exception.map(|it| (rule.name(), it)))
}

/// Calls for everything that the two users may have in force: facts but the relationship, and the same for the tables.
fn for_each_set(
    catalogue: &Catalogue,
    document: &Value,
    rule: &ActionRule,
    naive: &Rule,
    mut call: impl FnMut(Facts, Side<'_>, Side<'_>),
) {
    let sets = all_sets(catalogue, document, naive);
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

fn built_in(built_in: BuiltIn) -> Catalogue {
    Catalogue::built_in(built_in, PreferencesSchema::built_in())
}

fn decide_all(catalogue: &Catalogue) -> usize {
    let document = catalogue.to_document();
    let relationships: Vec<_> = all_relationships().collect();
    let mut cases = 0;
    for rule in catalogue.actions() {
        let naive = Rule::of(&document, rule.name());
        for_each_set(
            catalogue,
            &document,
            rule,
            &naive,
            |mut facts, subject, viewer| {
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
            },
        );
    }
    cases
}

/// Relationships, administrator or not, and exceptions of the subject.
const OF_EACH: usize = 512 * 2 * 3;

/// Layers make no other values possible, so that there are as many cases with them.
#[test]
fn every_decision_of_core_is_that_of_the_tables() {
    // Two audiences of three values and a switch with one, another audience, six switches or accounts.
    let cases = OF_EACH * (3 + 3 + 6 + 2 + 2 + 3 + 2 + 2 + 2);
    assert_eq!(decide_all(&built_in(BuiltIn::Core)), cases);
    assert_eq!(decide_all(&layered("core")), cases);
}

#[test]
fn every_decision_of_messenger_is_that_of_the_tables() {
    assert_eq!(
        decide_all(&built_in(BuiltIn::Messenger)),
        cases_of_messenger()
    );
}

#[test]
fn every_decision_of_messenger_with_layers_is_that_of_the_tables() {
    assert_eq!(decide_all(&layered("messenger")), cases_of_messenger());
}

fn cases_of_messenger() -> usize {
    let (audience, switch) = (8, 2);
    let reciprocal = |values: usize| values * values * 3;
    let of_core = audience
        + reciprocal(audience)
        + reciprocal(audience * switch)
        + reciprocal(switch) * 2
        + audience
        + switch * 3;
    let besides = audience * 12 + switch;
    OF_EACH * (of_core + besides)
}

/// What the stores leave out of their joins.
#[test]
fn no_decision_depends_on_what_its_action_does_not_ask_for() {
    for name in BuiltIn::ALL {
        let catalogue = built_in(name);
        let document = catalogue.to_document();
        for rule in catalogue.actions() {
            let naive = Rule::of(&document, rule.name());
            for_each_set(&catalogue, &document, rule, &naive, |facts, _, _| {
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
        for_each_set(&core, &document, rule, &naive, |mut facts, _, _| {
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
