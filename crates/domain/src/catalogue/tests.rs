//! The built-in catalogues, permitted changes of an operator, and every error with its path.

mod examples;
mod layer_faults;
mod layer_sets;
mod layers;
mod messenger;

use serde_json::{Value, json};

use super::*;

fn parse(document: &Value) -> Result<Catalogue, Vec<String>> {
    Catalogue::parse(&document.to_string())
        .map_err(|invalid| invalid.faults().iter().map(ToString::to_string).collect())
}

fn faults(document: &Value) -> Vec<String> {
    parse(document).map(|_| ()).unwrap_err()
}

fn extended() -> Catalogue {
    parse(&json!({
        "extends": "core",
        "settings": {
            "who_can_call": {"type": "audience", "title": "Calls", "description": "Who may call you.",
                "values": ["everyone", "contacts", "nobody"], "default": "contacts"},
            "show_in_search": {"type": "switch", "title": "Search",
                "description": "Whether people find you by name.", "default": true},
            "story_lifetime": {"type": "choice", "title": "Stories", "description": "How long a story stays.",
                "values": [null, 3600, 86400.0, "for ever"], "default": 86400},
            "who_can_see_profile": {"values": ["nobody", "everyone"], "title": "Your profile"},
        },
        "actions": {
            "call": {"title": "Call you", "description": "Start a call.", "needs": ["who_can_call"], "admin": true},
            "find_in_search": {"title": "Find you", "description": "Find you by name.",
                "needs": ["show_in_search", "email.allow_email_contact", "account"]},
            "view_last_seen": {"reciprocal": true},
        },
    }))
    .unwrap()
}

#[test]
fn core_holds_what_clients_rely_on_with_its_defaults_in_this_order() {
    let core = Catalogue::core();
    let defaults = core.defaults();
    let relied_on = [
        ("account.is_private", json!(false)),
        ("email.allow_email_contact", json!(true)),
        ("messaging.show_read_receipts", json!(true)),
        ("messaging.show_last_seen", json!(true)),
        ("messaging.show_typing_indicator", json!(true)),
        ("messaging.who_can_see_profile", json!("everyone")),
        ("messaging.who_can_add_to_groups", json!("everyone")),
        ("messaging.disappearing_messages_default", json!(null)),
    ];
    let indices = relied_on.map(|(name, default)| {
        let (index, _) = core.find(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(defaults.value(&core, index), default, "{name}");
        index
    });
    assert!(indices.is_sorted());
}

#[test]
fn core_holds_the_actions_that_clients_rely_on_with_what_they_need() {
    let document = Catalogue::core().to_document();
    for (name, needs, is_open_to_admins) in [
        ("view_profile", json!(["who_can_see_profile"]), false),
        ("view_online_status", json!(["who_can_see_profile"]), false),
        (
            "view_last_seen",
            json!(["show_last_seen", "who_can_see_profile"]),
            false,
        ),
        ("view_read_receipts", json!(["show_read_receipts"]), false),
        ("view_typing", json!(["show_typing_indicator"]), false),
        ("add_to_group", json!(["who_can_add_to_groups"]), true),
        ("send_email", json!(["email.allow_email_contact"]), false),
        ("view_content", json!(["account"]), false),
        ("follow_without_approval", json!(["public_account"]), false),
    ] {
        let action = &document["actions"][name];
        assert_eq!(action["needs"], needs, "{name}");
        assert_eq!(action["admin"] == true, is_open_to_admins, "{name}");
    }
}

#[test]
fn an_operators_settings_stand_behind_the_built_in_ones_in_their_order() {
    let (core, catalogue) = (Catalogue::core(), extended());
    let names: Vec<_> = catalogue
        .settings()
        .iter()
        .skip(core.settings().len())
        .map(Setting::name)
        .collect();
    let added = [
        "messaging.who_can_call",
        "messaging.show_in_search",
        "messaging.story_lifetime",
    ];
    assert_eq!(names, added);
    let actions: Vec<_> = catalogue
        .actions()
        .iter()
        .skip(core.actions().len())
        .map(ActionRule::name)
        .collect();
    assert_eq!(actions, ["call", "find_in_search"]);
    let built_in = core.family(Family::Messaging).count();
    assert_eq!(catalogue.family(Family::Messaging).count(), built_in + 3);
}

#[test]
fn a_built_in_setting_keeps_its_place_and_default_when_it_is_given_other_values() {
    let catalogue = extended();
    let (index, profile) = catalogue.find("messaging.who_can_see_profile").unwrap();
    let core = Catalogue::core();
    let built_in = core.find("messaging.who_can_see_profile");
    assert_eq!(built_in.map(|(index, _)| index), Some(index));
    assert_eq!(profile.title(), "Your profile");
    assert_eq!(profile.values(), [json!("nobody"), json!("everyone")]);
    assert_eq!(catalogue.defaults().value(&catalogue, index), "everyone");
    let (_, action) = catalogue.find_action("view_last_seen").unwrap();
    assert!(action.is_reciprocal());
}

#[test]
fn a_choice_is_in_force_where_the_setting_takes_it_and_kept_where_not() {
    let catalogue = extended();
    let stored = json!({"messaging.who_can_see_profile": "contacts", "messaging.who_can_call": "nobody",
        "messaging.story_lifetime": 3600.0, "messaging.gone": true});
    let choices = Choices::from_stored(stored.as_object().unwrap().clone());
    let in_force = catalogue.in_force(&choices, &Cohorts::default());
    let value = |name| {
        let (index, _) = catalogue.find(name).unwrap();
        in_force.value(&catalogue, index)
    };
    assert_eq!(value("messaging.who_can_see_profile"), "everyone");
    assert_eq!(value("messaging.who_can_call"), "nobody");
    assert_eq!(value("messaging.story_lifetime"), 3600);
    assert_eq!(choices.to_stored().len(), 4);
}

#[test]
fn a_value_is_taken_by_type_and_a_number_by_value() {
    let catalogue = extended();
    let (_, lifetime) = catalogue.find("messaging.story_lifetime").unwrap();
    for taken in [
        json!(null),
        json!(3600),
        json!(3600.0),
        json!(8.64e4),
        json!("for ever"),
    ] {
        assert!(lifetime.parse(&taken).is_some(), "{taken}");
    }
    for refused in [
        json!("3600"),
        json!(3601),
        json!(3600.5),
        json!(true),
        json!([3600]),
        json!({}),
    ] {
        assert!(lifetime.parse(&refused).is_none(), "{refused}");
    }
    let (_, switch) = catalogue.find("messaging.show_in_search").unwrap();
    for refused in [json!(1), json!("true"), json!(null)] {
        assert!(switch.parse(&refused).is_none(), "{refused}");
    }
    assert_eq!(lifetime.takes(), "one of: null, 3600, 86400, for ever");
    assert_eq!(switch.takes(), "true or false");
}

#[test]
fn what_is_printed_is_taken_again_but_for_the_built_in_part() {
    let printed = extended().to_document();
    let mut again = printed.clone();
    for name in Catalogue::core().to_document()["settings"]
        .as_object()
        .unwrap()
        .keys()
    {
        again["settings"].as_object_mut().unwrap().remove(name);
    }
    for name in Catalogue::core().to_document()["actions"]
        .as_object()
        .unwrap()
        .keys()
    {
        again["actions"].as_object_mut().unwrap().remove(name);
    }
    again["settings"]["who_can_see_profile"] =
        json!({"values": ["nobody", "everyone"], "title": "Your profile"});
    again["actions"]["view_last_seen"] = json!({"reciprocal": true});
    assert_eq!(parse(&again).unwrap().to_document(), printed);
}

#[test]
fn a_built_in_setting_cannot_be_changed_under_both_of_its_names() {
    let title = json!({"title": "Seen"});
    let document = json!({"settings": {"messaging.show_typing_indicator": title, "show_typing_indicator": title}});
    let twice = "settings.show_typing_indicator: the setting is declared twice";
    assert_eq!(faults(&document), [twice]);
}

#[test]
fn every_fault_is_told_at_once_with_its_path() {
    let told = faults(&json!({
        "extends": "nothing",
        "layer": [],
        "settings": {
            "Bad": {"type": "switch", "title": "T", "description": "D", "default": true},
            "value": {"type": "switch", "title": "T", "description": "D", "default": true},
            "email.other": {"type": "switch", "title": "T", "description": "D", "default": true},
            "empty": {},
            "kind": {"type": "flag", "title": "", "description": 1, "default": true, "colour": "red"},
            "alone": {"type": "audience", "title": "T", "description": "D", "values": ["everyone"], "default": "everyone"},
            "strange": {"type": "audience", "title": "T", "description": "D", "values": ["everyone", "family"], "default": "everyone"},
            "twice": {"type": "choice", "title": "T", "description": "D", "values": [1, 1.0, []], "default": 1},
            "default": {"type": "choice", "title": "T", "description": "D", "values": [1, 2], "default": 3},
            "switch": {"type": "switch", "title": "T", "description": "D", "values": [true], "default": true},
            "who_can_see_profile": {"type": "audience", "values": ["contacts", "nobody"]},
            "show_last_seen": {"values": [true]},
        },
        "actions": {
            "call": {"title": "Call", "description": "D", "needs": ["nope", "messaging.show_last_seen", "disappearing_messages_default", "preferences.theme.mode", "account.is_private", 1]},
            "none": {"title": "T", "description": "D", "needs": []},
            "both": {"title": "T", "description": "D", "needs": ["account", "public_account", "show_last_seen", "show_last_seen"]},
            "of_a_faulty_one": {"title": "T", "description": "D", "needs": ["default"]},
            "view_profile": {"needs": ["show_last_seen"], "reciprocal": "yes"},
            "x": 1,
        },
    }));
    let expected = [
        "layer: unknown member; it takes: extends, settings, actions, cohorts, layers",
        "extends: must be one of: core, messenger",
        "settings.kind.colour: unknown member; it takes: type, title, description, values, default",
        "settings.kind.type: must be one of: switch, audience, choice",
        "settings.kind.title: must be a text of 1 to 100 characters on one line",
        "settings.kind.description: must be a text of 1 to 500 characters on one line",
        "actions.call.needs[5]: must be a text",
        "actions.view_profile.reciprocal: must be true or false",
        "actions.x: must be an object",
        "settings.Bad: a name is a lower-case letter and up to 62 lower-case letters, digits and _",
        "settings.value: the name is reserved",
        "settings.email.other: no such setting; new ones are named without a family",
        "settings.empty: type is missing",
        "settings.empty: title is missing",
        "settings.empty: description is missing",
        "settings.empty: default is missing",
        "settings.alone.values: must hold 2 to 100 values",
        "settings.strange.values[1]: must be one of: everyone, contacts, added_contacts, close_friends, followers, following, mutual_followers, nobody",
        "settings.twice.values[1]: stands there twice",
        "settings.twice.values[2]: must be null, a boolean, a number, or a text of at most 200 characters on one line",
        "settings.default.default: is no value of the setting; must be one of: 1, 2",
        "settings.switch.values: a switch takes true and false, no other values",
        "settings.who_can_see_profile.type: a built-in setting may be given other values, title and description only",
        "settings.who_can_see_profile.values: lacks the default, which stays \"everyone\"",
        "settings.show_last_seen.values: a switch takes true and false, no other values",
        "actions.none.needs: must name at least one setting",
        "actions.both.needs[1]: there may be at most one of account and public_account",
        "actions.both.needs[3]: stands there twice",
        "actions.view_profile.needs: a built-in action may be given reciprocal, title and description only",
    ];
    assert_eq!(told, expected);
}

#[test]
fn needs_name_settings_that_decide_about_something() {
    let told = faults(
        &json!({"actions": {"call": {"title": "Call", "description": "D", "needs":
        ["nope", "messaging.show_last_seen", "disappearing_messages_default", "preferences.theme.mode",
        "account.is_private", "users.x"]}}}),
    );
    assert_eq!(
        told,
        [
            "actions.call.needs[0]: no such setting",
            "actions.call.needs[1]: messaging settings are named without their family",
            "actions.call.needs[2]: a choice decides about no action",
            "actions.call.needs[3]: preferences decide about no action",
            "actions.call.needs[4]: the account is named by account or public_account",
            "actions.call.needs[5]: no such setting",
        ]
    );
}

#[test]
fn there_are_at_most_64_settings_and_64_actions() {
    let setting = json!({"type": "switch", "title": "T", "description": "D", "default": true});
    let action = json!({"title": "T", "description": "D", "needs": ["account"]});
    let named = |count: usize, value: &Value| {
        let names = (0..count).map(|number| (format!("x{number}"), value.clone()));
        Value::Object(names.collect())
    };
    let core = Catalogue::core();
    let settings = MOST_MESSAGING_SETTINGS - core.family(Family::Messaging).count();
    let actions = MOST_ACTIONS - core.actions().len();
    let document = |settings, actions| json!({"settings": named(settings, &setting), "actions": named(actions, &action)});
    assert!(parse(&document(settings, actions)).is_ok());
    assert_eq!(
        faults(&document(settings + 1, actions + 1)),
        [
            "settings: there may be at most 64, the built-in ones included",
            "actions: there may be at most 64, the built-in ones included",
        ]
    );
}

#[test]
fn what_is_no_json_object_or_repeats_a_member_is_refused() {
    for (text, fault) in [
        ("{", "the file: is not JSON"),
        ("[]", "the file: must be an object"),
        (
            r#"{"actions": {"meet": {"needs": ["account"], "needs": []}}}"#,
            "actions.meet.needs: is given twice",
        ),
        (
            r#"{"layers": [{"name": "a"}, {"name": "b", "n\u0061me": "c"}]}"#,
            "layers[1].name: is given twice",
        ),
    ] {
        let told = Catalogue::parse(text).unwrap_err().to_string();
        assert!(told.starts_with(fault), "{told}");
    }
}

#[test]
fn the_json_schema_takes_what_the_program_takes() {
    let schema = jsonschema::validator_for(&Catalogue::json_schema()).unwrap();
    assert!(schema.is_valid(&json!({})));
    let printed = extended().to_document();
    assert!(
        schema.is_valid(&printed),
        "{:?}",
        schema.iter_errors(&printed).next()
    );
    for refused in [
        json!({"layer": []}),
        json!({"settings": {"Bad": {}}}),
        json!({"extends": "nothing"}),
    ] {
        assert!(!schema.is_valid(&refused), "{refused}");
    }
}
