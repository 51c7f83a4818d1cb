//! Requirements on every [`ContactStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::{Added, ListQuery, Party, Position};
use privet_domain::relationships::contacts::{Contact, MOST_CONTACTS};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;

use crate::Backend;
use crate::samples::{at, erase, some_id, some_pair};

fn contact(pair: Pair, mutual: bool, seconds: i64) -> Contact {
    Contact {
        user_id: pair.other(),
        mutual,
        close_friend: false,
        added_at: at(seconds),
    }
}

/// Adds a new contact.
async fn add<B: Backend>(backend: &B, pair: Pair, seconds: i64) -> Contact {
    let added = backend.store().add_contact(pair, at(seconds)).await;
    match added.unwrap() {
        Added::New(contact) => contact,
        other => panic!("{other:?}"),
    }
}

pub async fn a_contact_is_new_once_and_then_stays_as_it_was<B: Backend>(backend: &B) {
    let pair = some_pair();
    let first = contact(pair, false, 1);
    assert_eq!(add(backend, pair, 1).await, first);
    let again = backend.store().add_contact(pair, at(2)).await.unwrap();
    assert_eq!(again, Added::Stood(first));
    let found = backend.store().find_contact(pair).await.unwrap();
    assert_eq!(found, Some(first));
}

pub async fn contacts_are_mutual_while_each_has_added_the_other<B: Backend>(backend: &B) {
    let ours = some_pair();
    let theirs = ours.reversed();
    let store = backend.store();
    assert!(!add(backend, ours, 1).await.mutual);
    assert!(add(backend, theirs, 2).await.mutual);
    for (pair, seconds) in [(ours, 1), (theirs, 2)] {
        let expected = contact(pair, true, seconds);
        assert_eq!(store.find_contact(pair).await.unwrap(), Some(expected));
        let again = store.add_contact(pair, at(3)).await.unwrap();
        assert_eq!(again, Added::Stood(expected));
        let query = list_of(pair.actor(), 10);
        assert_eq!(store.list_contacts(&query).await.unwrap(), [expected]);
    }
    assert!(store.remove_contact(theirs, at(8)).await.unwrap());
    let left = contact(ours, false, 1);
    assert_eq!(store.find_contact(ours).await.unwrap(), Some(left));
    assert_eq!(store.find_contact(theirs).await.unwrap(), None);
}

pub async fn a_removed_contact_is_gone_once<B: Backend>(backend: &B) {
    let pair = some_pair();
    let store = backend.store();
    assert!(!store.remove_contact(pair, at(8)).await.unwrap());
    add(backend, pair, 1).await;
    assert!(!store.remove_contact(pair.reversed(), at(8)).await.unwrap());
    assert!(store.remove_contact(pair, at(8)).await.unwrap());
    assert!(!store.remove_contact(pair, at(8)).await.unwrap());
    assert_eq!(store.find_contact(pair).await.unwrap(), None);
    // A contact that is added again has the new time.
    assert_eq!(add(backend, pair, 5).await, contact(pair, false, 5));
}

fn list_of(owner: UserId, limit: u32) -> ListQuery {
    ListQuery {
        owner,
        behind: None,
        limit,
    }
}

fn others_of(owner: UserId) -> impl Fn() -> Pair {
    move || Pair::new(owner, some_id()).unwrap()
}

pub async fn contacts_are_listed_newest_first_and_nobody_elses<B: Backend>(backend: &B) {
    let (owner, stranger) = (some_id(), some_id());
    let pairs = [owner; 3].map(|owner| others_of(owner)());
    let mut expected = Vec::new();
    for (pair, seconds) in pairs.into_iter().zip([2, 3, 1]) {
        add(backend, pair, seconds).await;
        add(backend, Pair::new(stranger, pair.other()).unwrap(), seconds).await;
        expected.push(contact(pair, false, seconds));
    }
    add(backend, pairs[0].reversed(), 9).await;
    expected[0].mutual = true;
    expected.sort_by_key(|contact| std::cmp::Reverse(contact.added_at));
    let listed = backend.store().list_contacts(&list_of(owner, 10)).await;
    assert_eq!(listed.unwrap(), expected);
    let listed = backend.store().list_contacts(&list_of(owner, 2)).await;
    assert_eq!(listed.unwrap(), expected[..2]);
    let listed = backend.store().list_contacts(&list_of(some_id(), 2)).await;
    assert_eq!(listed.unwrap(), []);
}

/// The list is read in small pages, and contacts are added in between. Several contacts have the same time.
pub async fn no_contact_is_passed_over_or_listed_twice<B: Backend>(backend: &B) {
    let owner = some_id();
    let other = others_of(owner);
    let mut expected = Vec::new();
    for seconds in [1, 1, 1, 1, 2, 2, 3, 4, 4, 4] {
        expected.push(add(backend, other(), seconds).await);
    }
    expected.sort_by_key(|contact| (contact.added_at, contact.user_id));
    expected.reverse();
    let mut query = list_of(owner, 3);
    let mut listed = Vec::new();
    loop {
        let part = backend.store().list_contacts(&query).await.unwrap();
        let Some(last) = part.last() else { break };
        query.behind = Some(Position {
            at: last.added_at,
            id: last.user_id.as_uuid(),
        });
        listed.extend(part);
        add(backend, other(), 5).await;
    }
    assert_eq!(listed, expected);
}

pub async fn nobody_becomes_a_contact_of_or_with_the_erased<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    erase(store, pair.other(), at(1)).await;
    let added = store.add_contact(pair, at(2)).await.unwrap();
    assert_eq!(added, Added::Erased(Party::Other));
    let added = store.add_contact(pair.reversed(), at(2)).await.unwrap();
    assert_eq!(added, Added::Erased(Party::Actor));
    assert_eq!(store.find_contact(pair).await.unwrap(), None);
    // If both users were erased, the result must name the actor.
    erase(store, pair.actor(), at(3)).await;
    let added = store.add_contact(pair, at(4)).await.unwrap();
    assert_eq!(added, Added::Erased(Party::Actor));
}

pub async fn of_many_who_add_a_contact_at_once_one_is_first<B: Backend>(backend: &B) {
    let pair = some_pair();
    let mut adding = JoinSet::new();
    for seconds in 0..10 {
        let store = Arc::clone(backend.store());
        adding.spawn(async move { store.add_contact(pair, at(seconds)).await.unwrap() });
    }
    let mut new = Vec::new();
    let mut stood = Vec::new();
    for added in adding.join_all().await {
        match added {
            Added::New(contact) => new.push(contact),
            Added::Stood(contact) => stood.push(contact),
            Added::Erased(_) | Added::LimitReached => panic!("{added:?}"),
        }
    }
    assert_eq!(new.len(), 1);
    assert_eq!(stood, [new[0]; 9]);
}

pub async fn users_who_add_each_other_at_once_are_mutual_contacts<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let ours = some_pair();
        let mut adding = JoinSet::new();
        for pair in [ours, ours.reversed()] {
            let store = Arc::clone(backend.store());
            adding.spawn(async move {
                let added = store.add_contact(pair, at(1)).await.unwrap();
                assert!(matches!(added, Added::New(_)), "{added:?}");
            });
        }
        adding.join_all().await;
        let found = backend.store().find_contact(ours).await.unwrap();
        assert_eq!(found, Some(contact(ours, true, 1)));
    }
}

pub async fn a_close_friend_is_marked_until_the_mark_is_taken_off<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    let mark = async |close_friend| {
        let marked = store.set_close_friend(pair, close_friend, at(2));
        marked.await.unwrap()
    };
    assert_eq!(mark(true).await, None);
    store.add_contact(pair, at(1)).await.unwrap();
    for close_friend in [true, true, false] {
        let marked = mark(close_friend).await.unwrap();
        assert_eq!(
            (marked.close_friend, marked.added_at),
            (close_friend, at(1))
        );
        assert_eq!(store.find_contact(pair).await.unwrap(), Some(marked));
    }
    mark(true).await;
    store.remove_contact(pair, at(3)).await.unwrap();
    store.add_contact(pair, at(4)).await.unwrap();
    assert!(
        !store
            .find_contact(pair)
            .await
            .unwrap()
            .unwrap()
            .close_friend
    );
}

pub async fn there_are_as_many_contacts_as_may_be<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), some_id());
    let other = || Pair::new(owner, some_id()).unwrap();
    let (first, refused, gone) = (other(), other(), other());
    store.add_contact(first, at(1)).await.unwrap();
    store.add_contact(gone, at(1)).await.unwrap();
    let sql = format!("UPDATE list_counts SET contacts = {MOST_CONTACTS}");
    backend.execute(&sql).unwrap();
    let add = async |pair| store.add_contact(pair, at(2)).await.unwrap();
    assert_eq!(add(refused).await, Added::LimitReached);
    assert_eq!(store.find_contact(refused).await.unwrap(), None);
    assert!(matches!(add(first).await, Added::Stood(_)));
    // Two operations make the list shorter: removing a contact, and the erasure of a contact.
    store.remove_contact(first, at(3)).await.unwrap();
    erase(store, gone.other(), at(3)).await;
    assert!(matches!(add(refused).await, Added::New(_)));
    assert!(matches!(add(first).await, Added::New(_)));
    assert_eq!(add(other()).await, Added::LimitReached);
}

pub async fn the_database_refuses_a_contact_that_the_domain_refuses<B: Backend>(backend: &B) {
    add(backend, some_pair(), 1).await;
    for assignment in [
        "contact_id = owner_id",
        "owner_id = contact_id",
        "owner_id = NULL",
        "contact_id = NULL",
        "added_at = NULL",
    ] {
        let refusal = backend.execute(&format!("UPDATE contacts SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}
