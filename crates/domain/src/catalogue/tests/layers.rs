//! Layers: what they put in force, and what they let users choose.

mod updates;

use super::*;

/// A house that is careful, minors who are protected, and a school that bounds what the others do.
fn layered() -> Catalogue {
    parse(&json!({
        "settings": {"who_can_call": {"type": "audience", "title": "Calls", "description": "Who may call you.",
            "values": ["everyone", "contacts", "close_friends", "nobody"], "default": "contacts"}},
        "cohorts": {"minor": {"description": "Under 18."}, "school": {"description": "At school."}},
        "layers": [
            {"name": "house rules", "defaults": {"messaging.who_can_see_profile": "contacts", "preferences.theme.mode": "dark"}},
            {"name": "minors", "cohort": "minor", "note": "Protected while you are under 18.",
                "defaults": {"account.is_private": true, "messaging.who_can_add_to_groups": "contacts", "email.allow_email_contact": false},
                "allowed": {"messaging.who_can_add_to_groups": ["contacts", "nobody"], "email.allow_email_contact": [false],
                    "messaging.who_can_see_profile": ["contacts"]}},
            {"name": "at school", "cohort": "school", "defaults": {"messaging.who_can_add_to_groups": "everyone"},
                "allowed": {"messaging.who_can_add_to_groups": ["everyone"], "preferences.theme.mode": ["dark", "light"],
                    "messaging.who_can_call": ["contacts", "nobody"]}},
        ],
    }))
    .unwrap()
}

fn choices(stored: &Value) -> Choices {
    Choices::from_stored(stored.as_object().unwrap().clone())
}

fn state<'a>(
    catalogue: &'a Catalogue,
    name: &str,
    chosen: &'a Choices,
    cohorts: &[&str],
) -> SettingState<'a> {
    let cohorts = Cohorts::of(cohorts.iter().copied());
    match name.strip_prefix("preferences.") {
        Some(key) => catalogue.preference_state(key, chosen, &cohorts),
        None => catalogue.state(catalogue.find(name).unwrap().0, chosen, &cohorts),
    }
    .unwrap()
}

#[test]
fn the_innermost_default_that_all_layers_allow_is_in_force() {
    let catalogue = layered();
    let nothing = Choices::default();
    for (name, cohorts, value, source) in [
        (
            "messaging.who_can_see_profile",
            &[][..],
            json!("contacts"),
            Source::Layer("house rules"),
        ),
        ("account.is_private", &[], json!(false), Source::Default),
        (
            "account.is_private",
            &["minor"],
            json!(true),
            Source::Layer("minors"),
        ),
        (
            "messaging.who_can_add_to_groups",
            &["minor"],
            json!("contacts"),
            Source::Layer("minors"),
        ),
        (
            "messaging.who_can_add_to_groups",
            &["school"],
            json!("everyone"),
            Source::Layer("at school"),
        ),
        // No default that both allow: that of the innermost layer which bounds it.
        (
            "messaging.who_can_add_to_groups",
            &["minor", "school"],
            json!("everyone"),
            Source::Layer("at school"),
        ),
        // An inherited one stands in the layer that it is inherited from.
        (
            "messaging.who_can_see_profile",
            &["minor"],
            json!("contacts"),
            Source::Layer("house rules"),
        ),
        (
            "messaging.who_can_call",
            &["school"],
            json!("contacts"),
            Source::Default,
        ),
        (
            "preferences.theme.mode",
            &[],
            json!("dark"),
            Source::Layer("house rules"),
        ),
        (
            "preferences.locale.language",
            &["minor", "school"],
            json!("en"),
            Source::Default,
        ),
        (
            "messaging.show_last_seen",
            &["nobody_knows_this_one"],
            json!(true),
            Source::Default,
        ),
    ] {
        let state = state(&catalogue, name, &nothing, cohorts);
        assert_eq!(
            (state.value, state.source),
            (&value, source),
            "{name} {cohorts:?}"
        );
        assert_eq!(
            (state.default, state.chosen),
            (&value, None),
            "{name} {cohorts:?}"
        );
    }
}

#[test]
fn a_choice_is_in_force_where_every_layer_allows_it_and_kept_where_not() {
    let catalogue = layered();
    let chosen = choices(
        &json!({"messaging.who_can_add_to_groups": "everyone", "messaging.who_can_see_profile": "nobody",
        "email.allow_email_contact": true, "messaging.who_can_call": "close_friends"}),
    );
    for (name, cohorts, value, source) in [
        (
            "messaging.who_can_add_to_groups",
            &[][..],
            "everyone",
            Source::Choice,
        ),
        (
            "messaging.who_can_add_to_groups",
            &["minor"],
            "contacts",
            Source::Layer("minors"),
        ),
        (
            "messaging.who_can_see_profile",
            &[],
            "nobody",
            Source::Choice,
        ),
        (
            "messaging.who_can_see_profile",
            &["minor"],
            "contacts",
            Source::Layer("house rules"),
        ),
        (
            "messaging.who_can_call",
            &["minor"],
            "close_friends",
            Source::Choice,
        ),
        (
            "messaging.who_can_call",
            &["school"],
            "contacts",
            Source::Default,
        ),
    ] {
        let state = state(&catalogue, name, &chosen, cohorts);
        assert_eq!(
            (state.value, state.source),
            (&json!(value), source),
            "{name} {cohorts:?}"
        );
        assert_eq!(state.chosen, chosen.get(name));
        let cohorts = Cohorts::of(cohorts.iter().copied());
        let in_force = catalogue.in_force(&chosen, &cohorts);
        let (index, setting) = catalogue.find(name).unwrap();
        assert_eq!(in_force.value(&catalogue, index), value, "{name}");
        let shown = catalogue.shown(setting.family(), &chosen, &cohorts);
        assert!(shown.contains(&(setting.key(), &json!(value))), "{name}");
    }
}

#[test]
fn preferences_are_layered_as_settings_are() {
    let catalogue = layered();
    let chosen = choices(&json!({"theme.mode": "system", "locale.language": "de"}));
    for (cohorts, mode) in [
        (&[][..], "system"),
        (&["minor"], "system"),
        (&["school"], "dark"),
    ] {
        let cohorts = Cohorts::of(cohorts.iter().copied());
        let tree = catalogue.preferences_tree(&chosen, &cohorts);
        assert_eq!(
            (&tree["theme"]["mode"], &tree["locale"]["language"]),
            (&json!(mode), &json!("de"))
        );
        let in_force: Vec<_> = catalogue.preferences_in_force(&chosen, &cohorts).collect();
        for (key, value) in in_force {
            let state = catalogue.preference_state(key, &chosen, &cohorts).unwrap();
            assert_eq!(state.value, value, "{key}");
        }
    }
}

#[test]
fn what_may_be_chosen_is_what_all_layers_allow_with_the_innermost_note() {
    let catalogue = layered();
    let nothing = Choices::default();
    for (name, cohorts, allowed, is_locked, note) in [
        (
            "messaging.who_can_add_to_groups",
            &[][..],
            json!(["everyone", "contacts", "nobody"]),
            false,
            None,
        ),
        (
            "messaging.who_can_add_to_groups",
            &["minor"],
            json!(["contacts", "nobody"]),
            false,
            Some("Protected while you are under 18."),
        ),
        (
            "email.allow_email_contact",
            &["minor"],
            json!([false]),
            true,
            Some("Protected while you are under 18."),
        ),
        (
            "messaging.who_can_add_to_groups",
            &["minor", "school"],
            json!([]),
            true,
            None,
        ),
        (
            "preferences.theme.mode",
            &["school"],
            json!(["dark", "light"]),
            false,
            None,
        ),
        (
            "preferences.theme.mode",
            &["minor"],
            json!(null),
            false,
            None,
        ),
    ] {
        let state = state(&catalogue, name, &nothing, cohorts);
        assert_eq!(json!(state.allowed), allowed, "{name} {cohorts:?}");
        assert_eq!(
            (state.is_locked(), state.note),
            (is_locked, note),
            "{name} {cohorts:?}"
        );
    }
}
