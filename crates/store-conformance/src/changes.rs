//! Requirements on every [`ChangeStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod erasure;
mod feed;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use privet_application::StoreError;
use privet_application::accounts::erasure::{ErasureStart, ErasureStore};
use privet_application::changes::{ChangeStore, FeedPart};
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::{FollowRequestDecision, FollowStore, Followed};
use privet_application::settings::{Outcome, Presence, RowChange, SettingsStore};
use privet_application::user_events::UserEventKind;
use privet_domain::catalogue::Family;
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::settings::user::User;
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;

use crate::Backend;
use crate::follows::{ending, make_private, wish};
use crate::samples::{at, change, no_email, settings_event, some_id, some_pair, somebody, start};

pub use erasure::*;
pub use feed::*;

/// More than any test makes.
const ALL: u32 = 10_000;

/// The changes after a position. Waits until all changes that were made can be told: on PostgreSQL, other tests'
/// transactions on the same server hold the feed back.
async fn after<B: Backend>(backend: &B, position: FeedPosition) -> FeedPart {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let part = backend.store().changes_after(position, ALL).await.unwrap();
        assert!(!part.has_more);
        if part.feed.waiting_since.is_none() {
            return part;
        }
        assert!(Instant::now() < deadline, "{part:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The end of the feed. Begins the epoch, so that what was changed before may be missing.
async fn end<B: Backend>(backend: &B) -> FeedPosition {
    after(backend, FeedPosition::FIRST).await.feed.reached
}

/// What was told after a position: each user and kind.
async fn told<B: Backend>(backend: &B, position: FeedPosition) -> Vec<(UserId, ChangeKind)> {
    let part = after(backend, position).await;
    let each = part.changes.iter().flat_map(|placed| {
        let Change { user, kinds, .. } = placed.change;
        let ChangedUser::One(user_id) = user else {
            panic!("a change of all users");
        };
        kinds.iter().map(move |kind| (user_id, kind))
    });
    each.collect()
}

async fn make<B: Backend>(backend: &B) -> User {
    let user = somebody();
    backend.store().create(user.clone().into()).await.unwrap();
    user
}

/// The choice of a user, with an event of this kind.
fn with_event(user: &User, kind: UserEventKind) -> RowChange {
    let mut change = change(user, no_email());
    change.event.kind = kind;
    change
}

fn settings(families: &[Family]) -> UserEventKind {
    UserEventKind::Settings {
        families: families.to_vec(),
        entries: Vec::new(),
    }
}

pub async fn a_change_of_settings_is_told_whole<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    let mut user = make(backend).await;
    let cohorts = UserEventKind::Cohorts {
        entries: Vec::new(),
    };
    let kinds = [settings(&[Family::Preferences, Family::Account]), cohorts];
    for kind in kinds {
        let change = with_event(&user, kind);
        let stored = backend.store().compare_and_set(&change).await.unwrap();
        assert_eq!(stored, Outcome::Stored);
        user = change.row;
    }
    let part = after(backend, begin).await;
    let changes: Vec<_> = part.changes.iter().map(|placed| placed.change).collect();
    let expected = |kinds: &[ChangeKind]| Change {
        user: ChangedUser::One(user.id),
        kinds: ChangeKinds::of(kinds.iter().copied()),
        at: at(1),
    };
    let both = [ChangeKind::Account, ChangeKind::Preferences];
    let expected = [expected(&both), expected(&[ChangeKind::Cohorts])];
    assert_eq!(changes, expected);
}

pub async fn every_change_of_relationships_is_told<B: Backend>(backend: &B) {
    let store = backend.store();
    let begin = end(backend).await;
    let pair = some_pair();
    let owner = pair.actor();
    store.add_contact(pair, at(1)).await.unwrap();
    store.set_close_friend(pair, true, at(1)).await.unwrap();
    store.remove_contact(pair, at(1)).await.unwrap();
    store.add_block(pair, at(1)).await.unwrap();
    store.remove_block(pair, at(1)).await.unwrap();
    let exceptions = Exceptions::of([("call", Exception::Never)]);
    store
        .set_exceptions(pair, &exceptions, at(1))
        .await
        .unwrap();
    store.remove_exceptions(pair, at(1)).await.unwrap();
    store.follow(&wish(pair, 1)).await.unwrap();
    store.end_follow(&ending(pair, None)).await.unwrap();
    let mut expected = vec![(owner, ChangeKind::Contacts); 3];
    expected.extend([(owner, ChangeKind::Blocks); 2]);
    expected.extend([(owner, ChangeKind::Exceptions); 2]);
    for _ in 0..2 {
        expected.extend([owner, pair.other()].map(|user_id| (user_id, ChangeKind::Follows)));
    }
    assert_eq!(told(backend, begin).await, expected);
}

pub async fn what_is_imported_is_told_as_of_now<B: Backend>(backend: &B) {
    let store = backend.store();
    let begin = end(backend).await;
    let pair = some_pair();
    store.import_contact(pair, at(1), at(5)).await.unwrap();
    store.import_block(pair, at(2), at(5)).await.unwrap();
    let start = ErasureStart {
        at: at(3),
        ..start(some_id(), at(5), 2)
    };
    store.begin_erasure(start).await.unwrap();
    let part = after(backend, begin).await;
    let times: Vec<_> = part.changes.iter().map(|it| it.change.at).collect();
    assert_eq!(times, [at(5); 3]);
    let contact = store.find_contact(pair).await.unwrap().unwrap();
    let block = store.find_block(pair).await.unwrap().unwrap();
    assert_eq!((contact.added_at, block.blocked_at), (at(1), at(2)));
}

pub async fn both_users_of_a_request_are_told_unless_it_is_withheld<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    let (asking, asked) = (pair.actor(), pair.other());
    make_private(backend, asked).await;
    let block = pair.reversed();
    store.add_block(block, at(1)).await.unwrap();
    let begin = end(backend).await;
    let Followed::Follow(request) = store.follow(&wish(pair, 1)).await.unwrap() else {
        panic!("there is no request");
    };
    let of_asking = (asking, ChangeKind::Follows);
    let of_asked = (asked, ChangeKind::Follows);
    assert_eq!(told(backend, begin).await, [of_asking]);
    let begin = end(backend).await;
    store.remove_block(block, at(2)).await.unwrap();
    let expected = [(asked, ChangeKind::Blocks), of_asked];
    assert_eq!(told(backend, begin).await, expected);
    let begin = end(backend).await;
    let decision = FollowRequestDecision::Accept;
    let decided = store.decide_follow_request(asked, request.id, decision, at(3));
    decided.await.unwrap();
    assert_eq!(told(backend, begin).await, [of_asking, of_asked]);
    // A block ends the follow.
    let begin = end(backend).await;
    store.add_block(block, at(4)).await.unwrap();
    let expected = [(asked, ChangeKind::Blocks), of_asking, of_asked];
    assert_eq!(told(backend, begin).await, expected);
}

pub async fn what_changes_nothing_is_not_told<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    store.add_contact(pair, at(1)).await.unwrap();
    let user = make(backend).await;
    let begin = end(backend).await;
    // A new user has the default settings.
    make(backend).await;
    store.create(user.clone().into()).await.unwrap();
    store.add_contact(pair, at(2)).await.unwrap();
    store.remove_block(pair, at(2)).await.unwrap();
    store.end_follow(&ending(pair, None)).await.unwrap();
    let invisible = with_event(&user, settings(&[]));
    let stored = store.compare_and_set(&invisible).await.unwrap();
    assert_eq!(stored, Outcome::Stored);
    let late = with_event(&user, settings(&[Family::Email]));
    let lost = store.compare_and_set(&late).await.unwrap();
    assert_eq!(lost, Outcome::Conflict);
    assert_eq!(told(backend, begin).await, []);
}

pub async fn what_is_rolled_back_is_not_told<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    let users = [
        make(backend).await,
        make(backend).await,
        make(backend).await,
    ];
    let mut changes = users.each_ref().map(|user| change(user, no_email()));
    // The database refuses the same entry twice.
    let refused = &mut changes[1];
    let entry = refused.event.entries()[0].clone();
    refused.event = settings_event(users[1].id, vec![entry.clone(), entry]);
    let mut submitted = JoinSet::new();
    for change in changes {
        let store = Arc::clone(backend.store());
        submitted.spawn(async move { store.compare_and_set(&change).await.is_ok() });
    }
    let stored = submitted.join_all().await;
    assert_eq!(stored.iter().filter(|stored| **stored).count(), 2);
    let told: BTreeSet<_> = told(backend, begin).await.into_iter().collect();
    let expected = [&users[0], &users[2]].map(|user| (user.id, ChangeKind::Email));
    assert_eq!(told, expected.into());
}

pub async fn of_many_changes_at_once_each_is_told_once<B: Backend>(backend: &B) {
    const USERS: usize = 40;
    let begin = end(backend).await;
    let mut expected = Vec::new();
    let mut writers = JoinSet::new();
    for _ in 0..USERS {
        let id = make(backend).await.id;
        expected.extend([(id, ChangeKind::Email); 3]);
        expected.push((id, ChangeKind::Contacts));
        let store = Arc::clone(backend.store());
        writers.spawn(async move { store.add_contact(of(id), at(1)).await.map(drop) });
        // Two writers of one user: each loses some races, which tell nothing.
        for most in [1, 2] {
            let store = Arc::clone(backend.store());
            writers.spawn(async move { change_times(&*store, id, most).await });
        }
    }
    for result in writers.join_all().await {
        result.unwrap();
    }
    let mut told = told(backend, begin).await;
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

/// Changes the user's settings this number of times, whoever else changes them.
async fn change_times<S: SettingsStore>(
    store: &S,
    user_id: UserId,
    times: usize,
) -> Result<(), StoreError> {
    let mut stored = 0;
    while stored < times {
        let Presence::Here(user) = store.find(user_id).await? else {
            panic!("the user is gone");
        };
        let outcome = store.compare_and_set(&change(&user, no_email())).await?;
        stored += usize::from(outcome == Outcome::Stored);
    }
    Ok(())
}

/// The user with somebody.
fn of(user_id: UserId) -> Pair {
    Pair::new(user_id, some_id()).unwrap()
}

pub async fn the_database_refuses_a_feed_that_the_domain_refuses<B: Backend>(backend: &B) {
    let store = backend.store();
    end(backend).await;
    store.add_contact(some_pair(), at(1)).await.unwrap();
    for assignment in ["at = NULL", "kinds = NULL", "number = NULL"] {
        let refusal = backend.execute(&format!("UPDATE changes SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
    for assignment in ["epoch = NULL", "belongs_to = NULL", "only_row = NULL"] {
        let refusal = backend.execute(&format!("UPDATE feed SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}
