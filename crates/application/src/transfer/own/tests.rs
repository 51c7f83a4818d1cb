//! Own imports: what a replacement takes away, and what becomes of a plan while something else changes.

use privet_domain::transfer::own::FORMAT;
use serde_json::{Value, json};

use super::plan::{BLOCKED, ERASED, FULL};
use super::*;
use crate::Clock;
use crate::fakes::{Services, caller, pair, user};
use crate::transfer::{ContactBatch, ImportedContact, TransferStore};

fn id(number: u128) -> String {
    user(number).to_string()
}

/// An export of another user with these members.
fn document(members: &Value) -> OwnDocument {
    let mut document = json!({"format": FORMAT, "user_id": id(99)});
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    OwnDocument::parse(&document).unwrap()
}

/// Somebody of each kind: a contact, a blocked user, one with exceptions, one who is followed.
fn one_of_each() -> OwnDocument {
    document(&json!({
        "contacts": [{"user_id": id(2)}],
        "blocks": [{"user_id": id(3)}],
        "exceptions": [{"user_id": id(4), "exceptions": {"view_profile": "never"}}],
        "follows": [{"follower_id": id(99), "following_id": id(5)}],
    }))
}

/// Plans an import by user 1.
async fn plan(services: &Services, document: &OwnDocument) -> (Standing, Plan) {
    let standing = services.transfer.standing(user(1), document).await.unwrap();
    let now = services.clock.now();
    let plan = Plan::of(
        &services.catalogue,
        OwnMode::Merge,
        &standing,
        document,
        now,
    );
    (standing, plan)
}

async fn carry_out(
    services: &Services,
    (standing, plan): (Standing, Plan),
) -> Result<OwnImport, ChangeError> {
    let (caller, catalogue) = (caller(user(1)), &services.catalogue);
    let carried_out = services
        .transfer
        .carry_out(&caller, catalogue, &standing, plan);
    carried_out.await
}

/// Gives user 1 so many contacts.
async fn add_contacts(services: &Services, number: u128) {
    let contact = |number: u128| ImportedContact {
        pair: pair(1, 1_000 + number),
        close_friend: None,
        added_at: services.clock.now(),
    };
    let batch = ContactBatch {
        contacts: (0..number).map(contact).collect(),
        overwrites: false,
        now: services.clock.now(),
    };
    let made = services.store.import_contacts(&batch).await.unwrap();
    assert!(made.is_some());
}

const fn left_out(number: u64) -> SectionCounts {
    SectionCounts {
        created: 0,
        changed: 0,
        unchanged: 0,
        left_out: number,
    }
}

fn named(import: &OwnImport) -> Vec<(&str, &str)> {
    let items = import.left_out.iter();
    items
        .map(|it| (it.what.as_str(), it.why.as_str()))
        .collect()
}

#[tokio::test]
async fn a_replacement_takes_away_also_what_the_document_does_not_replace() {
    let services = Services::new();
    let importer = caller(user(1));
    let import = |mode, wanted| services.transfer.import_own(&importer, mode, false, wanted);
    let before = document(&json!({
        "choices": {"messaging.show_last_seen": false, "messaging.show_read_receipts": false},
        "exceptions": [{"user_id": id(4), "exceptions": {"view_profile": "never"}}],
    }));
    import(OwnMode::Merge, before).await.unwrap();
    let after = document(&json!({
        "choices": {"messaging.show_last_seen": "no", "messaging.show_read_receipts": false},
        "exceptions": [{"user_id": id(4), "exceptions": {"gone": "never"}}],
    }));
    let import = import(OwnMode::Replace, after).await.unwrap();
    let settings = SectionCounts {
        unchanged: 1,
        ..left_out(1)
    };
    assert_eq!(
        (import.settings, import.exceptions),
        (settings, left_out(1))
    );
    let nothing = document(&json!({}));
    let standing = services.transfer.standing(user(1), &nothing).await.unwrap();
    let chosen: Vec<_> = standing.user.choices.iter().map(|(name, _)| name).collect();
    assert_eq!(chosen, ["messaging.show_read_receipts"]);
    assert!(standing.exceptions.is_empty());
}

#[tokio::test]
async fn contacts_that_do_not_fit_any_more_are_left_out_and_named() {
    let services = Services::new();
    let contacts = [2, 3, 4].map(|number| json!({"user_id": id(number)}));
    let planned = plan(&services, &document(&json!({"contacts": contacts}))).await;
    assert_eq!(planned.1.told.contacts.created, 3);
    add_contacts(&services, 9_999).await;
    let import = carry_out(&services, planned).await.unwrap();
    let expected = SectionCounts {
        created: 1,
        ..left_out(2)
    };
    assert_eq!(import.contacts, expected);
    let [third, fourth] = [3, 4].map(|number| format!("contacts.{}", id(number)));
    let expected = [(third.as_str(), FULL), (fourth.as_str(), FULL)];
    assert_eq!(named(&import), expected);
    let contact = services.relationships.get_contact(pair(1, 2)).await;
    assert_eq!(contact.unwrap().user_id, user(2));
}

#[tokio::test]
async fn users_who_were_erased_meanwhile_are_left_out_and_named() {
    let services = Services::new();
    let planned = plan(&services, &one_of_each()).await;
    for number in 2..=5 {
        services.accounts.erase_user(user(number)).await.unwrap();
    }
    let import = carry_out(&services, planned).await.unwrap();
    for counts in [
        import.contacts,
        import.blocks,
        import.exceptions,
        import.follows,
    ] {
        assert_eq!(counts, left_out(1));
    }
    let what = [
        format!("contacts.{}", id(2)),
        format!("blocks.{}", id(3)),
        format!("exceptions.{}", id(4)),
        format!("follows.{}", id(5)),
    ];
    let expected: Vec<_> = what.iter().map(|it| (it.as_str(), ERASED)).collect();
    assert_eq!(named(&import), expected);
}

#[tokio::test]
async fn what_somebody_else_added_meanwhile_is_unchanged() {
    let services = Services::new();
    let planned = plan(&services, &one_of_each()).await;
    let relationships = &services.relationships;
    relationships.add_contact(pair(1, 2)).await.unwrap();
    relationships.add_block(pair(1, 3)).await.unwrap();
    let import = carry_out(&services, planned).await.unwrap();
    for counts in [import.contacts, import.blocks] {
        assert_eq!((counts.created, counts.unchanged), (0, 1));
    }
    assert_eq!(import.follows.created, 1);
    assert!(import.left_out.is_empty());
}

#[tokio::test]
async fn a_follow_of_somebody_who_was_blocked_meanwhile_is_left_out_and_named() {
    let services = Services::new();
    let planned = plan(&services, &one_of_each()).await;

    services.relationships.add_block(pair(1, 5)).await.unwrap();
    let import = carry_out(&services, planned).await.unwrap();
    assert_eq!(import.follows, left_out(1));
    let what = format!("follows.{}", id(5));
    assert_eq!(named(&import), [(what.as_str(), BLOCKED)]);
}

#[tokio::test]
async fn an_importer_who_was_erased_meanwhile_is_told() {
    let services = Services::new();
    let planned = plan(&services, &one_of_each()).await;
    services.accounts.erase_user(user(1)).await.unwrap();
    let error = carry_out(&services, planned).await.unwrap_err();
    assert!(matches!(error, ChangeError::Erased), "{error}");
}
