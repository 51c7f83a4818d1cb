//! Layers: updates that they refuse, tags, and the printed document.

use super::*;

#[test]
fn an_update_to_what_a_layer_forbids_is_told_the_innermost_note() {
    let catalogue = layered();
    let locked = |family, wanted: &Value, cohorts: &[&str]| -> Vec<(String, String)> {
        let update = if family == Family::Preferences {
            let update = catalogue.preferences().parse_update(wanted);
            update.unwrap().into()
        } else {
            let members = wanted.as_object().unwrap().iter();
            let members = members.map(|(name, value)| (name.as_str(), value));
            catalogue.parse_update(family, members).unwrap()
        };
        let cohorts = Cohorts::of(cohorts.iter().copied());
        let checked = catalogue.check_locks(&update, &Choices::default(), &cohorts);
        let fields = checked.map_or_else(|locked| locked.fields().to_vec(), |()| Vec::new());
        fields
            .into_iter()
            .map(|it| (it.field, it.message))
            .collect()
    };
    let told = |field: &str, note: &str| vec![(field.to_owned(), note.to_owned())];
    let note = "Protected while you are under 18.";
    let wanted = json!({"who_can_add_to_groups": "everyone", "show_last_seen": false});
    assert_eq!(locked(Family::Messaging, &wanted, &[]), []);
    assert_eq!(
        locked(Family::Messaging, &wanted, &["minor"]),
        told("who_can_add_to_groups", note)
    );
    let wanted = json!({"who_can_add_to_groups": "nobody"});
    assert_eq!(locked(Family::Messaging, &wanted, &["minor"]), []);
    let by_school = told("who_can_add_to_groups", "Not allowed by at school.");
    assert_eq!(
        locked(Family::Messaging, &wanted, &["minor", "school"]),
        by_school
    );
    let wanted = json!({"allow_email_contact": true});
    assert_eq!(
        locked(Family::Email, &wanted, &["minor"]),
        told("allow_email_contact", note)
    );
    let wanted = json!({"theme": {"mode": "system"}, "locale": null});
    let by_school = told("theme.mode", "Not allowed by at school.");
    assert_eq!(locked(Family::Preferences, &wanted, &["school"]), by_school);
    assert_eq!(
        locked(
            Family::Preferences,
            &json!({"theme.mode": null}),
            &["school"]
        ),
        []
    );
}

/// Minors at school: no value is allowed by both layers, and the inner one's default is in force.
#[test]
fn a_value_in_force_that_a_layer_forbids_is_not_refused() {
    let catalogue = layered();
    let cohorts = Cohorts::of(["minor", "school"]);
    for (value, is_locked) in [("everyone", false), ("contacts", true), ("nobody", true)] {
        let value = json!(value);
        let members = [("who_can_add_to_groups", &value)];
        let update = catalogue.parse_update(Family::Messaging, members).unwrap();
        let checked = catalogue.check_locks(&update, &Choices::default(), &cohorts);
        assert_eq!(checked.is_err(), is_locked, "{value}");
    }
}

#[test]
fn tags_move_with_what_layers_put_in_force_and_not_without_it() {
    let (core, catalogue) = (Catalogue::core(), layered());
    let nothing = Choices::default();
    let hash = |catalogue: &Catalogue, family, cohorts: &[&str]| {
        catalogue.hash_of_shown(family, &nothing, &Cohorts::of(cohorts.iter().copied()))
    };
    for (family, cohorts, moved) in [
        (Family::Account, &[][..], false),
        (Family::Account, &["minor"], true),
        (Family::Account, &["school"], false),
        (Family::Email, &["minor"], true),
        (Family::Preferences, &[], true),
    ] {
        let differs = hash(&catalogue, family, cohorts) != hash(&core, family, &[]);
        assert_eq!(differs, moved, "{family:?} {cohorts:?}");
    }
}

#[test]
fn cohorts_and_layers_are_printed_and_taken_again() {
    let printed = layered().to_document();
    assert_eq!(
        printed["cohorts"]["minor"],
        json!({"description": "Under 18."})
    );
    assert_eq!(
        printed["layers"][0]["defaults"]["preferences.theme.mode"],
        "dark"
    );
    let again = json!({"settings": {"who_can_call": printed["settings"]["who_can_call"]},
        "cohorts": printed["cohorts"], "layers": printed["layers"]});
    assert_eq!(parse(&again).unwrap().to_document(), printed);
    let schema = jsonschema::validator_for(&Catalogue::json_schema()).unwrap();
    assert!(
        schema.is_valid(&again),
        "{:?}",
        schema.iter_errors(&again).next()
    );
    assert!(Catalogue::core().to_document().get("layers").is_none());
}
