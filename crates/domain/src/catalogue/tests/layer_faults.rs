//! Layers that cannot be used, with every fault; and layers over an operator's schema of preferences.

use super::*;
use crate::catalogue::preferences::PreferencesSchema;

#[test]
fn layers_that_make_no_sense_are_refused_with_every_fault() {
    let told = faults(&json!({
        "cohorts": {"Minor": {"description": "D."}, "plain": {}, "minor": {"description": "D.", "age": 18}},
        "layers": [
            1,
            {"cohort": "nobody", "note": "", "colour": "red"},
            {"name": "a", "defaults": {"nope": 1, "messaging.nope": 1, "preferences.nope": 1, "who_can_see_profile": "nobody",
                "messaging.who_can_see_profile": "family", "preferences.theme.mode": "sepia"},
                "allowed": {"messaging.who_can_add_to_groups": [], "messaging.show_last_seen": "no"}},
            {"name": "a", "cohort": "minor", "defaults": [], "allowed": {
                "messaging.who_can_see_profile": ["family", "nobody", "nobody"], "messaging.who_can_add_to_groups": ["nobody"],
                "preferences.theme.mode": ["dark"]}},
            {"name": "b", "defaults": {"email.allow_email_contact": true}, "allowed": {"email.allow_email_contact": [false]}},
        ],
    }));
    let expected = [
        "cohorts.minor.age: unknown member; it takes: description",
        "layers[0]: must be an object",
        "layers[1].colour: unknown member; it takes: name, cohort, note, defaults, allowed",
        "layers[1].note: must be a text of 1 to 500 characters on one line",
        "layers[2].allowed.messaging.show_last_seen: must be a list",
        "layers[3].defaults: must be an object",
        "cohorts.Minor: a name is a lower-case letter and up to 62 lower-case letters, digits and _",
        "cohorts.plain: description is missing",
        "layers[1]: name is missing",
        "layers[1].cohort: no such cohort",
        "layers[2].defaults.nope: no such setting; they are named with their family",
        "layers[2].defaults.messaging.nope: no such setting",
        "layers[2].defaults.preferences.nope: no such setting",
        "layers[2].defaults.who_can_see_profile: no such setting; they are named with their family",
        "layers[2].defaults.messaging.who_can_see_profile: is no value of the setting; must be one of: everyone, contacts, nobody",
        "layers[2].defaults.preferences.theme.mode: is no value of the setting: Must be one of: light, dark, system.",
        "layers[2].allowed.messaging.who_can_add_to_groups: must list at least one value",
        "layers[3].name: another layer has this name",
        "layers[3].allowed.messaging.who_can_see_profile[0]: is no value of the setting; must be one of: everyone, contacts, nobody",
        "layers[3].allowed.messaging.who_can_see_profile[2]: stands there twice",
        "layers[3].allowed.messaging.who_can_add_to_groups: lacks the layer's default, which is \"everyone\"",
        "layers[3].allowed.preferences.theme.mode: lacks the layer's default, which is \"system\"",
        "layers[4].allowed.email.allow_email_contact: lacks the layer's default, which is true",
    ];
    assert_eq!(told, expected);
}

#[test]
fn layers_may_name_keys_of_an_operators_schema_of_preferences() {
    let schema = json!({"properties": {"volume": {"description": "How loud.", "type": "integer", "default": 5}}});
    let schema = || PreferencesSchema::parse(&schema.to_string()).unwrap();
    let document =
        |name: &str| json!({"layers": [{"name": "quiet", "defaults": {name: 1}}]}).to_string();
    let catalogue = Catalogue::parse_with(&document("preferences.volume"), schema()).unwrap();
    let tree = catalogue.preferences_tree(&Choices::default(), &Cohorts::default());
    assert_eq!(tree, json!({"volume": 1}));
    assert!(Catalogue::parse_with(&document("preferences.theme.mode"), schema()).is_err());
}
