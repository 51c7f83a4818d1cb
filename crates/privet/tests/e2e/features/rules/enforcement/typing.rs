//! Who may be told that somebody is typing.

use serde_json::json;
use uuid::Uuid;

use super::enforce;
use crate::support::acting::{block, erase, set};
use crate::support::asking::service;
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    by_default_everybody_may_be_told,
    who_hides_typing_tells_nobody,
    who_is_blocked_by_the_typist_is_not_told,
    the_recipients_settings_do_not_matter,
    nobody_is_told_of_an_erased_typist_and_no_erased_user_is_told,
    typists_may_be_told_of_themselves,
    ids_are_answered_in_lower_case,
];

async fn told(service: &Client, typist: &Client, recipients: &[Uuid]) -> Vec<Uuid> {
    let body = json!({"typist": typist.id(), "recipients": recipients});
    let mut answer = enforce(service, "typing", body).await;
    assert_eq!(answer, json!({"recipients": answer["recipients"]}));
    serde_json::from_value(answer["recipients"].take()).unwrap()
}

async fn by_default_everybody_may_be_told(database: Database) {
    let server = Server::start(&database).await;
    let [one, two, three] = [(); 3].map(|()| new_user_id());
    let recipients = [two, one, three, one];
    let told = told(&service(&server), &server.new_user(), &recipients).await;
    assert_eq!(told, recipients, "in order, repeats kept");
}

async fn who_hides_typing_tells_nobody(database: Database) {
    let server = Server::start(&database).await;
    let typist = server.new_user();
    set(&typist, "show_typing_indicator", false).await;
    let told = told(&service(&server), &typist, &[new_user_id(), new_user_id()]).await;
    assert_eq!(told, [] as [Uuid; 0]);
}

async fn who_is_blocked_by_the_typist_is_not_told(database: Database) {
    let server = Server::start(&database).await;
    let [typist, blocked, other] = [(); 3].map(|()| server.new_user());
    block(&typist, &blocked).await;
    let recipients = [new_user_id(), blocked.id(), other.id(), blocked.id()];
    let told = told(&service(&server), &typist, &recipients).await;
    assert_eq!(told, [recipients[0], other.id()]);
}

async fn the_recipients_settings_do_not_matter(database: Database) {
    let server = Server::start(&database).await;
    let (typist, recipient) = (server.new_user(), server.new_user());
    set(&recipient, "show_typing_indicator", false).await;
    block(&recipient, &typist).await;
    let told = told(&service(&server), &typist, &[recipient.id()]).await;
    assert_eq!(told, [recipient.id()]);
}

async fn nobody_is_told_of_an_erased_typist_and_no_erased_user_is_told(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let [erased, other] = [(); 2].map(|()| server.new_user());
    erase(&erased).await;
    let of_erased = told(&service, &erased, &[other.id()]).await;
    assert_eq!(of_erased, [] as [Uuid; 0]);
    let third = new_user_id();
    let of_other = told(&service, &other, &[erased.id(), third]).await;
    assert_eq!(of_other, [third]);
}

async fn typists_may_be_told_of_themselves(database: Database) {
    let server = Server::start(&database).await;
    let typist = server.new_user();
    set(&typist, "show_typing_indicator", false).await;
    let recipients = [new_user_id(), typist.id()];
    let told = told(&service(&server), &typist, &recipients).await;
    assert_eq!(told, [typist.id()]);
}

async fn ids_are_answered_in_lower_case(database: Database) {
    let server = Server::start(&database).await;
    let [typist, recipient] = [(); 2].map(|()| new_user_id());
    let upper = |id: Uuid| id.to_string().to_uppercase();
    let body = json!({"typist": upper(typist), "recipients": [upper(recipient)]});
    let answer = enforce(&service(&server), "typing", body).await;
    assert_eq!(answer, json!({"recipients": [recipient.to_string()]}));
}
