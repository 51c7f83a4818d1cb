//! Requirements on every [`ExceptionStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::{Added, ListQuery, Party, Position};
use privet_application::settings::SettingsStore;
use privet_domain::relationships::exceptions::{
    Exception, Exceptions, MOST_PEOPLE_WITH_EXCEPTIONS, PersonWithExceptions,
};
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;

use crate::Backend;
use crate::samples::{at, erase, first_seen, some_id};

fn never(action: &str) -> Exceptions {
    Exceptions::of([(action, Exception::Never)])
}

/// Creates a user with a row. Every user with exceptions has one.
async fn owner<B: Backend>(backend: &B) -> UserId {
    let owner = some_id();
    backend
        .store()
        .create(first_seen(owner).into())
        .await
        .unwrap();
    owner
}

async fn with_somebody<B: Backend>(backend: &B) -> Pair {
    Pair::new(owner(backend).await, some_id()).unwrap()
}

async fn set<B: Backend>(
    backend: &B,
    pair: Pair,
    exceptions: &Exceptions,
    seconds: i64,
) -> Added<PersonWithExceptions> {
    let set = backend
        .store()
        .set_exceptions(pair, exceptions, at(seconds));
    set.await.unwrap()
}

fn person(pair: Pair, exceptions: &Exceptions, seconds: i64) -> PersonWithExceptions {
    PersonWithExceptions {
        user_id: pair.other(),
        exceptions: exceptions.clone(),
        updated_at: at(seconds),
    }
}

pub async fn exceptions_hold_in_place_of_those_before<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = with_somebody(backend).await;
    assert_eq!(store.find_exceptions(pair).await.unwrap(), None);
    let (first, second) = (never("call"), never("view_profile"));
    let added = set(backend, pair, &first, 1).await;
    assert_eq!(added, Added::New(person(pair, &first, 1)));
    let changed = set(backend, pair, &second, 2).await;
    let expected = person(pair, &second, 2);
    assert_eq!(changed, Added::Stood(expected.clone()));
    assert_eq!(store.find_exceptions(pair).await.unwrap(), Some(expected));
    let other_way = store.find_exceptions(pair.reversed()).await.unwrap();
    assert_eq!(other_way, None);
}

pub async fn the_same_exceptions_again_move_no_time<B: Backend>(backend: &B) {
    let pair = with_somebody(backend).await;
    set(backend, pair, &never("call"), 1).await;
    let again = set(backend, pair, &never("call"), 2).await;
    assert_eq!(again, Added::Stood(person(pair, &never("call"), 1)));
}

pub async fn exceptions_that_were_taken_back_are_gone_once<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = with_somebody(backend).await;
    assert!(!store.remove_exceptions(pair, at(1)).await.unwrap());
    set(backend, pair, &never("call"), 1).await;
    assert!(store.remove_exceptions(pair, at(2)).await.unwrap());
    assert!(!store.remove_exceptions(pair, at(3)).await.unwrap());
    assert_eq!(store.find_exceptions(pair).await.unwrap(), None);
}

pub async fn people_with_exceptions_are_listed_by_the_last_change<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), owner(backend).await);
    let mut expected = Vec::new();
    for (number, seconds) in [1, 3, 1, 2, 2, 1].into_iter().enumerate() {
        let pair = Pair::new(owner, some_id()).unwrap();
        let exceptions = never(if number % 2 == 0 {
            "call"
        } else {
            "view_profile"
        });
        set(backend, pair, &exceptions, 0).await;
        set(backend, pair, &never("mention"), 0).await;
        set(backend, pair, &exceptions, seconds).await;
        expected.push(person(pair, &exceptions, seconds));
    }
    set(backend, with_somebody(backend).await, &never("call"), 4).await;
    expected.sort_by_key(|person| (person.updated_at, person.user_id));
    expected.reverse();
    assert_eq!(listed(store, owner, None).await, expected);
    for action in ["call", "view_profile", "mention"] {
        let of_action = expected.iter();
        let of_action = of_action.filter(|it| it.exceptions.get(action).is_some());
        let of_action: Vec<_> = of_action.cloned().collect();
        assert_eq!(listed(store, owner, Some(action)).await, of_action);
    }
}

/// Reads the list in pages of two.
async fn listed<S: ExceptionStore>(
    store: &Arc<S>,
    owner: UserId,
    action: Option<&str>,
) -> Vec<PersonWithExceptions> {
    let mut query = ListQuery {
        owner,
        behind: None,
        limit: 2,
    };
    let mut listed = Vec::new();
    loop {
        let part = store.list_exceptions(&query, action).await.unwrap();
        let Some(last) = part.last() else {
            return listed;
        };
        query.behind = Some(Position {
            at: last.updated_at,
            id: last.user_id.as_uuid(),
        });
        listed.extend(part);
    }
}

pub async fn nobody_has_exceptions_for_or_of_the_erased<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = with_somebody(backend).await;
    erase(store, pair.other(), at(1)).await;
    let set_for = set(backend, pair, &never("call"), 2).await;
    assert_eq!(set_for, Added::Erased(Party::Other));
    let set_by = set(backend, pair.reversed(), &never("call"), 2).await;
    assert_eq!(set_by, Added::Erased(Party::Actor));
    assert_eq!(store.find_exceptions(pair).await.unwrap(), None);
}

pub async fn as_many_people_have_exceptions_as_may_be<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), owner(backend).await);
    let other = || Pair::new(owner, some_id()).unwrap();
    let (first, refused, gone) = (other(), other(), other());
    for pair in [first, gone] {
        set(backend, pair, &never("call"), 1).await;
    }
    let sql = format!("UPDATE list_counts SET exceptions = {MOST_PEOPLE_WITH_EXCEPTIONS}");
    backend.execute(&sql).unwrap();
    let added = set(backend, refused, &never("call"), 2).await;
    assert_eq!(added, Added::LimitReached);
    assert_eq!(store.find_exceptions(refused).await.unwrap(), None);
    let changed = set(backend, first, &never("mention"), 2).await;
    assert!(matches!(changed, Added::Stood(_)), "{changed:?}");
    store.remove_exceptions(first, at(3)).await.unwrap();
    erase(store, gone.other(), at(3)).await;
    for pair in [refused, first] {
        let added = set(backend, pair, &never("call"), 4).await;
        assert!(matches!(added, Added::New(_)), "{added:?}");
    }
    let added = set(backend, other(), &never("call"), 5).await;
    assert_eq!(added, Added::LimitReached);
}

pub async fn of_many_who_set_the_same_exceptions_at_once_one_is_first<B: Backend>(backend: &B) {
    let pair = with_somebody(backend).await;
    let mut racers = JoinSet::new();
    for _ in 0..10 {
        let store = Arc::clone(backend.store());
        racers.spawn(async move {
            let set = store.set_exceptions(pair, &never("call"), at(1)).await;
            matches!(set.unwrap(), Added::New(_))
        });
    }
    let firsts = racers.join_all().await;
    assert_eq!(firsts.iter().filter(|is_first| **is_first).count(), 1);
}
