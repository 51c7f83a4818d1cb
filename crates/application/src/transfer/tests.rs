//! Imports and exports over fakes.

mod order;

use futures_util::TryStreamExt;
use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::transfer::TransferLine;
use serde_json::{Value, json};

use super::import::{ImportMode, Outcome};
use crate::fakes::{Services, caller, user};
use crate::settings::Presence;

const TIME: &str = "2026-01-31T10:30:45.000000Z";

fn id(number: u128) -> String {
    user(number).to_string()
}

async fn import(services: &Services, mode: ImportMode, lines: &[Value]) -> Vec<Outcome> {
    let lines = lines
        .iter()
        .map(|line| TransferLine::parse(&services.catalogue, line));
    let service = caller(user(99));
    let outcomes = services.transfer.import(&service, mode, lines.collect());
    outcomes.await.unwrap()
}

async fn fill(services: &Services, lines: &[Value]) -> Vec<Outcome> {
    import(services, ImportMode::Fill, lines).await
}

async fn export(services: &Services) -> Vec<Value> {
    let parts = services.transfer.clone().export_all();
    let parts: Vec<_> = parts.try_collect().await.unwrap();
    parts.concat()
}

fn everything() -> Vec<Value> {
    vec![
        json!({"user": id(1), "settings": {"messaging.show_last_seen": false, "preferences.theme.mode": "dark"}, "created_at": TIME}),
        json!({"user": id(2), "settings": {}, "created_at": TIME}),
        json!({"contact": {"owner": id(1), "user": id(2), "close_friend": true, "added_at": TIME}}),
        json!({"contact": {"owner": id(2), "user": id(1), "added_at": TIME}}),
        json!({"block": {"blocker": id(1), "blocked": id(3), "blocked_at": TIME}}),
        json!({"exception": {"owner": id(1), "user": id(2), "exceptions": {"view_profile": "never"}}}),
        json!({"follow": {"follower": id(2), "following": id(1), "status": "ACCEPTED", "created_at": TIME}}),
        json!({"follow": {"follower": id(3), "following": id(1), "status": "PENDING", "created_at": TIME}}),
        json!({"erased": {"user": id(7), "at": TIME}}),
    ]
}

#[tokio::test]
async fn what_is_imported_is_exported_and_importing_it_again_changes_nothing() {
    let services = Services::new();
    let outcomes = fill(&services, &everything()).await;
    assert_eq!(outcomes, [const { Outcome::Created }; 9]);
    assert_eq!(export(&services).await, everything());
    for mode in [ImportMode::Fill, ImportMode::Overwrite] {
        let again = import(&services, mode, &everything()).await;
        assert_eq!(again, [const { Outcome::Unchanged }; 9]);
    }
    let other = Services::new();
    fill(&other, &export(&services).await).await;
    assert_eq!(export(&other).await, everything());
}

#[tokio::test]
async fn filling_keeps_what_a_user_chose_and_overwriting_replaces_it() {
    let services = Services::new();
    let wanted = json!({"show_last_seen": true});
    let chosen = services.change(user(1), Family::Messaging, &wanted);
    chosen.await.unwrap();
    let settings =
        json!({"messaging.show_last_seen": false, "messaging.show_read_receipts": false});
    let line = json!({"user": id(1), "settings": settings});
    let value = async |name: &str| {
        let Presence::Here(user) = services.settings.find(user(1)).await.unwrap() else {
            panic!("the user is there");
        };
        user.choices.get(name).cloned()
    };
    assert_eq!(
        fill(&services, std::slice::from_ref(&line)).await,
        [Outcome::Changed]
    );
    assert_eq!(value("messaging.show_last_seen").await, Some(json!(true)));
    let filled = value("messaging.show_read_receipts").await;
    assert_eq!(filled, Some(json!(false)));
    let overwritten = import(&services, ImportMode::Overwrite, &[line]).await;
    assert_eq!(overwritten, [Outcome::Changed]);
    assert_eq!(value("messaging.show_last_seen").await, Some(json!(false)));
    let entry = services.store.entries().pop().unwrap();
    assert_eq!((entry.actor_id, entry.reason), (user(99), None));
}

#[tokio::test]
async fn a_value_that_a_layer_forbids_is_kept_as_a_choice() {
    let document = json!({"layers": [{"name": "house", "note": "Not here.",
        "defaults": {"messaging.show_last_seen": true},
        "allowed": {"messaging.show_last_seen": [true]}}]});
    let services = Services::by(Catalogue::parse(&document.to_string()).unwrap());
    let line = json!({"user": id(1), "settings": {"messaging.show_last_seen": false}});
    assert_eq!(fill(&services, &[line]).await, [Outcome::Created]);
    let loaded = services.settings.load(user(1)).await.unwrap();
    let chosen = loaded.user().choices.get("messaging.show_last_seen");
    assert_eq!(chosen, Some(&json!(false)));
    assert!(services.store.entries().is_empty());
}

#[tokio::test]
async fn a_bad_line_keeps_no_other_from_being_made() {
    let services = Services::new();
    services.accounts.erase_user(user(7)).await.unwrap();
    let outcomes = fill(
        &services,
        &[
            json!({"user": id(1), "settings": {"messaging.nothing": 1}}),
            json!({"user": id(1), "settings": {}}),
            json!({"user": id(7), "settings": {}}),
            json!({"contact": {"owner": id(1), "user": id(7)}}),
            json!({"block": {"blocker": id(7), "blocked": id(1)}}),
            json!({"exception": {"owner": id(1), "user": id(7), "exceptions": {"view_profile": "never"}}}),
            json!({"follow": {"follower": id(1), "following": id(7), "status": "PENDING"}}),
            json!({"contact": {"owner": id(1), "user": id(2)}}),
        ],
    )
    .await;
    assert!(
        matches!(&outcomes[0], Outcome::Invalid(errors) if errors[0].field == "settings.messaging.nothing")
    );
    assert_eq!(outcomes[1], Outcome::Created);
    assert_eq!(outcomes[2..7], [const { Outcome::Skipped }; 5]);
    assert_eq!(outcomes[7], Outcome::Created);
}

#[tokio::test]
async fn lines_are_made_in_their_order() {
    let services = Services::new();
    let follow = json!({"follow": {"follower": id(2), "following": id(1), "status": "ACCEPTED", "created_at": TIME}});
    let block = json!({"block": {"blocker": id(1), "blocked": id(2), "blocked_at": TIME}});
    // The block ends the first follow, and withholds the second.
    let outcomes = fill(&services, &[follow.clone(), block.clone(), follow]).await;
    assert_eq!(outcomes, [const { Outcome::Created }; 3]);
    let request = json!({"follow": {"follower": id(2), "following": id(1), "status": "PENDING", "created_at": TIME}});
    assert_eq!(export(&services).await, [block, request]);
    let erased = json!({"erased": {"user": id(2), "at": TIME}});
    let contact = json!({"contact": {"owner": id(2), "user": id(1)}});
    let outcomes = fill(&services, &[contact.clone(), erased, contact]).await;
    let expected = [Outcome::Created, Outcome::Created, Outcome::Skipped];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn nobody_follows_whom_they_block() {
    let services = Services::new();
    let block = json!({"block": {"blocker": id(1), "blocked": id(2)}});
    let follow = json!({"follow": {"follower": id(1), "following": id(2), "status": "ACCEPTED"}});
    let outcomes = fill(&services, &[block, follow]).await;
    assert!(
        matches!(&outcomes[1], Outcome::Invalid(errors) if errors[0].field == "follow.following")
    );
}

#[tokio::test]
async fn only_what_exceeds_a_limit_is_refused() {
    let services = Services::new();
    let contact = |number| json!({"contact": {"owner": id(1), "user": id(number)}});
    for start in [
        1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000,
    ] {
        let lines: Vec<_> = (start..start + 1_000).map(contact).collect();
        fill(&services, &lines).await;
    }
    let lines: Vec<_> = (10_000..11_100).map(contact).collect();
    let outcomes = fill(&services, &lines).await;
    assert!(outcomes[..1_000].iter().all(|it| *it == Outcome::Created));
    assert!(
        outcomes[1_000..]
            .iter()
            .all(|it| matches!(it, Outcome::Invalid(_)))
    );
}
