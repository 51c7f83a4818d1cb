//! Changes of a row: what they touch, what they record, and tags.

use serde_json::{Map, json};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn user() -> User {
    let id = |last: u128| uuid::Uuid::from_u128(last);
    User::first_seen(
        UserId::from_uuid(id(1)),
        AccountId::from_uuid(id(2)),
        at(100),
    )
}

fn update(family: Family, wanted: &Value) -> SettingsUpdate {
    let members = wanted.as_object().unwrap().iter();
    let members = members.map(|(name, value)| (name.as_str(), value));
    Catalogue::core().parse_update(family, members).unwrap()
}

fn change(user: &User, family: Family, wanted: &Value, seconds: i64) -> (User, Vec<SettingChange>) {
    let update = update(family, wanted);
    let changed = user.change(&Catalogue::core(), &update, at(seconds));
    changed.unwrap().unwrap()
}

#[test]
fn a_change_moves_the_family_it_touches_and_no_other() {
    let (core, before) = (Catalogue::core(), user());
    let (after, changes) = change(&before, Family::Account, &json!({"is_private": true}), 200);
    assert_eq!(after.revision, Revision::new(2).unwrap());
    assert_eq!(after.version(Family::Account).updated_at, at(200));
    for family in Family::ALL {
        let moved = after.tag(&core, family) != before.tag(&core, family);
        let mut text = "{".to_owned();
        let tag = after.write_members(&core, family, &mut text);
        assert_eq!(tag, after.tag(&core, family));
        let members: Map<String, Value> = serde_json::from_str(&(text + "\"end\":0}")).unwrap();
        let mut shown: Map<String, Value> = after
            .shown(&core, family)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        shown.insert("end".to_owned(), json!(0));
        assert_eq!(members, shown);
        assert_eq!(moved, family == Family::Account, "{family:?}");
        if !moved {
            assert_eq!(after.version(family), before.version(family));
        }
    }
    assert_eq!(
        changes,
        [SettingChange {
            setting: "account.is_private".to_owned(),
            old_value: json!(false),
            new_value: json!(true),
        }]
    );
}

#[test]
fn choosing_what_was_chosen_before_is_no_change() {
    let wanted = json!({"allow_email_contact": false});
    let (after, _) = change(&user(), Family::Email, &wanted, 200);
    let again = after.change(&Catalogue::core(), &update(Family::Email, &wanted), at(300));
    assert_eq!(again, Ok(None));
}

#[test]
fn one_update_of_two_settings_lists_both() {
    let wanted = json!({"who_can_see_profile": "nobody", "show_typing_indicator": false});
    let (_, changes) = change(&user(), Family::Messaging, &wanted, 200);
    let names: Vec<_> = changes.iter().map(|it| it.setting.as_str()).collect();
    assert_eq!(
        names,
        [
            "messaging.show_typing_indicator",
            "messaging.who_can_see_profile"
        ]
    );
}

#[test]
fn a_clock_that_was_set_back_takes_no_time_back() {
    let (after, _) = change(&user(), Family::Account, &json!({"is_private": true}), 50);
    assert_eq!(after.version(Family::Account).updated_at, at(100));
}

#[test]
fn tags_of_two_users_differ() {
    let other = User {
        id: UserId::from_uuid(uuid::Uuid::from_u128(3)),
        ..user()
    };
    let core = Catalogue::core();
    for family in Family::ALL {
        assert_ne!(user().tag(&core, family), other.tag(&core, family));
    }
}

#[test]
fn the_catalogue_moves_the_tag_of_a_family_that_it_shows_otherwise() {
    let extended = json!({"settings": {"show_in_search": {"type": "switch", "title": "Search",
        "description": "Whether people find you by name.", "default": true}}});
    let extended = Catalogue::parse(&extended.to_string()).unwrap();
    for family in Family::ALL {
        let moved = user().tag(&extended, family) != user().tag(&Catalogue::core(), family);
        assert_eq!(moved, family == Family::Messaging, "{family:?}");
    }
}

/// A catalogue that bounds two settings of minors.
fn bounded() -> Catalogue {
    let document = json!({
        "cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor", "note": "Not under 18.",
            "defaults": {"account.is_private": true, "messaging.who_can_add_to_groups": "contacts"},
            "allowed": {"messaging.who_can_add_to_groups": ["contacts", "nobody"]}}],
    });
    Catalogue::parse(&document.to_string()).unwrap()
}

#[test]
fn a_value_that_a_layer_forbids_is_refused_with_its_note_and_changes_nothing() {
    let (catalogue, minor) = (bounded(), Cohorts::of(["minor"]));
    let (minor, _) = user().classify(minor, at(150)).unwrap();
    let wanted = json!({"who_can_add_to_groups": "everyone", "show_last_seen": false});
    let update = update(Family::Messaging, &wanted);
    let locked = minor.change(&catalogue, &update, at(200)).unwrap_err();
    let expected = crate::FieldError::new("who_can_add_to_groups", "Not under 18.");
    assert_eq!(locked.fields(), [expected]);
    assert!(user().change(&catalogue, &update, at(200)).is_ok());
}

#[test]
fn cohorts_move_the_tags_of_what_is_shown_otherwise_and_no_time() {
    let (catalogue, before) = (bounded(), user());
    let (after, change) = before.classify(Cohorts::of(["minor"]), at(200)).unwrap();
    assert_eq!(
        (change.old_value, change.new_value),
        (json!([]), json!(["minor"]))
    );
    assert_eq!(after.classify(Cohorts::of(["minor"]), at(300)), None);
    assert_eq!(after.last_change(), at(200));
    for family in Family::ALL {
        let moved = after.tag(&catalogue, family) != before.tag(&catalogue, family);
        let is_bounded = [Family::Account, Family::Messaging].contains(&family);
        assert_eq!(moved, is_bounded, "{family:?}");
        assert_eq!(after.version(family), before.version(family));
    }
}

#[test]
fn choosing_the_value_of_the_default_is_stored_and_not_seen() {
    let core = Catalogue::core();
    let theme = json!({"theme": {"mode": "system"}});
    let preferences = core.preferences().parse_update(&theme).unwrap().into();
    let last_seen = update(Family::Messaging, &json!({"show_typing_indicator": true}));
    for update in [preferences, last_seen] {
        let (before, family) = (user(), update.family());
        let (after, changes) = before.change(&core, &update, at(200)).unwrap().unwrap();
        assert_eq!(changes, []);
        assert_eq!(after.tag(&core, family), before.tag(&core, family));
        assert_eq!(after.version(family), before.version(family));
        assert_ne!(after.choices_of(family), before.choices_of(family));
    }
}
