//! A request whose body comes late is judged by what stands when it came, not when its head did.

use std::time::Duration;

use uuid::Uuid;

use crate::support::acting::erase;
use crate::support::settings::Settings;
use crate::support::{Database, HalfSent, Server};

in_every_setup![
    an_update_that_changed_nothing_when_its_head_came_is_made_when_its_body_comes,
    a_condition_that_held_when_the_head_came_is_refused_when_the_body_comes,
    whoever_was_erased_before_the_body_came_is_gone,
];

const EMAIL: Settings = Settings::EmailContact;

/// The head of an update, and all but the last byte of its body. What the head leads to has happened,
/// unless the machine is very busy.
async fn begin(server: &Server, user: Uuid, fields: &str, on: bool) -> HalfSent {
    let target = format!("PATCH {}", EMAIL.path());
    let body = format!("{{\"allow_email_contact\": {on}}}");
    let request = HalfSent::begin(server, user, &target, fields, &body).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    request
}

fn assert_status(answer: &str, status: u16) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{answer}"
    );
}

async fn an_update_that_changed_nothing_when_its_head_came_is_made_when_its_body_comes(
    database: Database,
) {
    let server = Server::start(&database).await;
    // Somebody never seen, whose row is in no cache, and somebody whose row may be.
    for is_known in [false, true] {
        let alice = server.new_user();
        if is_known {
            EMAIL.get(&alice).await;
        }
        let mut late = begin(&server, alice.id(), "", EMAIL.default()).await;
        let between = EMAIL.set(&alice, !EMAIL.default()).await;
        let answer = late.finish().await;
        assert_status(&answer, 200);
        let shown = EMAIL.get(&alice).await;
        assert_eq!(EMAIL.value(&shown), EMAIL.default());
        let tag = shown.header("ETag");
        assert_ne!(tag, between);
        assert!(answer.contains(tag), "{answer}\nand {tag}");
    }
}

async fn a_condition_that_held_when_the_head_came_is_refused_when_the_body_comes(
    database: Database,
) {
    let server = Server::start(&database).await;
    // Whether the update would have changed something or not.
    for on in [EMAIL.default(), !EMAIL.default()] {
        let alice = server.new_user();
        let condition = format!("If-Match: {}\r\n", EMAIL.tag(&alice).await);
        let mut late = begin(&server, alice.id(), &condition, on).await;
        let between = EMAIL.set(&alice, !EMAIL.default()).await;
        assert_status(&late.finish().await, 412);
        assert_eq!(EMAIL.tag(&alice).await, between);
    }
}

async fn whoever_was_erased_before_the_body_came_is_gone(database: Database) {
    let server = Server::start(&database).await;
    for on in [EMAIL.default(), !EMAIL.default()] {
        let alice = server.new_user();
        let mut late = begin(&server, alice.id(), "", on).await;
        erase(&alice).await;
        assert_status(&late.finish().await, 401);
    }
}
