//! Whom somebody may add to a group.

use serde_json::json;
use uuid::Uuid;

use super::{enforce, path};
use crate::support::acting::{become_mutual_contacts, block, erase, set};
use crate::support::asking::{service, wrong_members};
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    invitees_are_split_by_their_own_settings_in_order,
    an_administrator_may_add_whatever_the_audience,
    no_administrator_adds_who_blocked_them_or_was_erased,
    who_blocked_somebody_may_still_add_them,
    an_erased_actor_adds_nobody,
    everybody_may_add_themselves,
    whether_the_actor_is_an_administrator_is_true_or_false,
];

/// Who may be added and who may not.
async fn split(
    service: &Client,
    actor: &Client,
    is_admin: bool,
    invitees: &[Uuid],
) -> (Vec<Uuid>, Vec<Uuid>) {
    let body = json!({"actor": actor.id(), "actor_is_admin": is_admin, "invitees": invitees});
    let answer = enforce(service, "group-additions", body).await;
    let list = |name: &str| serde_json::from_value(answer[name].clone()).unwrap();
    let (allowed, refused): (Vec<Uuid>, Vec<Uuid>) = (list("allowed"), list("refused"));
    assert_eq!(answer, json!({"allowed": allowed, "refused": refused}));
    (allowed, refused)
}

async fn invitees_are_split_by_their_own_settings_in_order(database: Database) {
    let server = Server::start(&database).await;
    let [actor, open, friend, distant, closed] = [(); 5].map(|()| server.new_user());
    for invitee in [&friend, &distant] {
        set(invitee, "who_can_add_to_groups", "contacts").await;
    }
    set(&closed, "who_can_add_to_groups", "nobody").await;
    become_mutual_contacts(&actor, &friend).await;
    become_mutual_contacts(&actor, &closed).await;
    let [open, friend, distant, closed] = [open, friend, distant, closed].map(|user| user.id());
    let invitees = [closed, friend, distant, open, closed, friend];
    let service = service(&server);
    let (allowed, refused) = split(&service, &actor, false, &invitees).await;
    assert_eq!(allowed, [friend, open, friend], "in order, repeats kept");
    assert_eq!(refused, [closed, distant, closed]);
    // Left out, the actor is no administrator.
    let body = json!({"actor": actor.id(), "invitees": [closed]});
    let answer = enforce(&service, "group-additions", body).await;
    assert_eq!(answer, json!({"allowed": [], "refused": [closed]}));
}

async fn an_administrator_may_add_whatever_the_audience(database: Database) {
    let server = Server::start(&database).await;
    let [actor, distant, closed] = [(); 3].map(|()| server.new_user());
    set(&distant, "who_can_add_to_groups", "contacts").await;
    set(&closed, "who_can_add_to_groups", "nobody").await;
    let invitees = [closed.id(), distant.id(), new_user_id()];
    let (allowed, refused) = split(&service(&server), &actor, true, &invitees).await;
    assert_eq!((allowed, refused), (invitees.to_vec(), Vec::new()));
}

async fn no_administrator_adds_who_blocked_them_or_was_erased(database: Database) {
    let server = Server::start(&database).await;
    let [actor, blocker, erased] = [(); 3].map(|()| server.new_user());
    block(&blocker, &actor).await;
    erase(&erased).await;
    let invitees = [erased.id(), blocker.id()];
    let (allowed, refused) = split(&service(&server), &actor, true, &invitees).await;
    assert_eq!((allowed, refused), (Vec::new(), invitees.to_vec()));
}

async fn who_blocked_somebody_may_still_add_them(database: Database) {
    let server = Server::start(&database).await;
    let [actor, invitee] = [(); 2].map(|()| server.new_user());
    block(&actor, &invitee).await;
    let (allowed, _) = split(&service(&server), &actor, false, &[invitee.id()]).await;
    assert_eq!(allowed, [invitee.id()]);
}

async fn an_erased_actor_adds_nobody(database: Database) {
    let server = Server::start(&database).await;
    let actor = server.new_user();
    erase(&actor).await;
    let invitees = [new_user_id(), new_user_id()];
    let (allowed, refused) = split(&service(&server), &actor, true, &invitees).await;
    assert_eq!((allowed, refused), (Vec::new(), invitees.to_vec()));
}

async fn everybody_may_add_themselves(database: Database) {
    let server = Server::start(&database).await;
    let actor = server.new_user();
    set(&actor, "who_can_add_to_groups", "nobody").await;
    let (allowed, _) = split(&service(&server), &actor, false, &[actor.id()]).await;
    assert_eq!(allowed, [actor.id()]);
}

async fn whether_the_actor_is_an_administrator_is_true_or_false(database: Database) {
    let server = Server::start(&database).await;
    for wrong in [json!(null), json!("true"), json!(1), json!({})] {
        let body = json!({"actor": new_user_id(), "actor_is_admin": wrong, "invitees": []});
        let answer = service(&server).post(&path("group-additions"), body).await;
        assert_eq!(wrong_members(&answer), ["actor_is_admin"]);
    }
}
