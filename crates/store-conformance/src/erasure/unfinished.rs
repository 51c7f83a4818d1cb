//! What users see between the first and the last transaction of an erasure.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::accounts::erasure::{ErasureStore, Progress};
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{
    CountedList, Decided, FollowCounts, FollowList, FollowRequestDecision, FollowStore, Followed,
    PageQuery, PageStart,
};
use privet_application::relationships::{Added, ListQuery, Party};
use privet_application::rules::decisions::{DecisionStore, Inquiry, Question};
use privet_application::settings::audit::{AuditQuery, AuditStore};
use privet_application::settings::{Outcome, Presence, SettingsStore};
use privet_application::tombstones::TombstoneStore;
use privet_domain::relationships::follows::Follow;
use privet_domain::{Pair, UserId};
use tokio::task::JoinSet;

use super::{assert_only_a_tombstone, known_everywhere, tie};
use crate::Backend;
use crate::decisions::EVERYTHING;
use crate::follows::{ending, make_private, wish};
use crate::samples::{at, change, first_seen, no_email, some_id, start};

/// Users with a relationship to a user who is to be erased.
struct Scene {
    erased: UserId,
    /// Is a contact and a follower of the erased user, and the other way around.
    friend: UserId,
    /// Has sent a request to follow to the erased user, and received one.
    asking: UserId,
    /// Is blocked by the erased user, and blocks that user.
    enemy: UserId,
}

impl Scene {
    async fn set<B: Backend>(backend: &B) -> Self {
        let scene = Self {
            erased: some_id(),
            friend: some_id(),
            asking: some_id(),
            enemy: some_id(),
        };
        let store = backend.store();
        tie(backend, scene.with(scene.friend)).await;
        make_private(backend, scene.erased).await;
        make_private(backend, scene.asking).await;
        for pair in [
            scene.with(scene.asking),
            scene.with(scene.asking).reversed(),
        ] {
            store.follow(&wish(pair, 1)).await.unwrap();
        }
        for pair in [scene.with(scene.enemy), scene.with(scene.enemy).reversed()] {
            store.add_block(pair, at(1)).await.unwrap();
        }
        scene
    }

    /// The pair with the erased user as the actor.
    fn with(&self, other: UserId) -> Pair {
        Pair::new(self.erased, other).unwrap()
    }

    fn everybody(&self) -> [UserId; 4] {
        [self.erased, self.friend, self.asking, self.enemy]
    }

    /// Asserts that the lists, counts and decisions of all users have nothing about the erased user. They could only
    /// have something about that user.
    async fn assert_shows_nothing<B: Backend>(&self, backend: &B) {
        for owner in self.everybody() {
            assert_lists_nobody(backend, owner).await;
        }
        let store = backend.store();
        for other in [self.friend, self.asking, self.enemy] {
            for pair in [self.with(other), self.with(other).reversed()] {
                assert_eq!(store.find_contact(pair).await.unwrap(), None);
                assert_eq!(store.find_block(pair).await.unwrap(), None);
                assert_eq!(store.find_follow(pair).await.unwrap(), None);
                assert!(is_erased_in_decisions(backend, pair).await);
            }
        }
        assert_eq!(store.find(self.erased).await.unwrap(), Presence::Erased);
        assert!(store.is_erased(self.erased).await.unwrap());
    }
}

fn all_of(owner: UserId) -> ListQuery {
    ListQuery {
        owner,
        behind: None,
        limit: 100,
    }
}

async fn assert_lists_nobody<B: Backend>(backend: &B, owner: UserId) {
    let store = backend.store();
    assert_eq!(store.list_contacts(&all_of(owner)).await.unwrap(), []);
    assert_eq!(store.list_blocks(&all_of(owner)).await.unwrap(), []);
    for list in FollowList::ALL {
        let listed = store.list_follows(list, &all_of(owner)).await.unwrap();
        assert_eq!(listed, [], "{list:?}");
    }
    for list in [
        CountedList::Followers,
        CountedList::Following,
        CountedList::RequestsReceived,
    ] {
        let query = PageQuery {
            owner,
            list,
            start: PageStart::First,
            limit: 100,
        };
        let page = store.page_of_follows(&query).await.unwrap();
        assert_eq!((page.items, page.total), (Vec::new(), 0), "{list:?}");
    }
    let nobody = FollowCounts {
        followers: 0,
        following: 0,
        requests_received: 0,
    };
    assert_eq!(store.count_follows(owner).await.unwrap(), nobody);
}

async fn is_erased_in_decisions<B: Backend>(backend: &B, pair: Pair) -> bool {
    let inquiry = Inquiry {
        question: Question {
            viewer: pair.actor(),
            subject: pair.other(),
        },
        needs: EVERYTHING,
    };
    let facts = backend.store().facts(&[inquiry]).await.unwrap();
    facts[0].relationship.is_erased
}

/// Begins an erasure that deletes only the user's own row.
async fn begin<B: Backend>(backend: &B, user_id: UserId) {
    let begun = backend
        .store()
        .begin_erasure(start(user_id, at(2), 0))
        .await;
    assert_eq!(begun.unwrap(), Progress::RowsLeft);
}

async fn history<B: Backend>(backend: &B, user_id: UserId) -> usize {
    let query = AuditQuery {
        user_id,
        setting: None,
        before: None,
        limit: 100,
    };
    backend.store().list(&query).await.unwrap().len()
}

pub async fn an_erasure_goes_on_in_batches_from_wherever_it_stopped<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    let store = backend.store();
    begin(backend, user_id).await;
    let mut batches = 0;
    // Each batch could run in another process, because the state of the erasure is in the database only.
    loop {
        let under_way = store.erasures_under_way(100).await.unwrap();
        assert_eq!(under_way, [user_id]);
        batches += 1;
        match store.continue_erasure(user_id, at(3), 1).await.unwrap() {
            Progress::Finished => break,
            progress => assert_eq!(progress, Progress::RowsLeft),
        }
        if batches == 3 {
            // The erasure is requested again, with another time.
            begin(backend, user_id).await;
        }
    }
    // One row for each batch, and a last batch that finds none.
    assert_eq!(batches, 15);
    assert_eq!(store.erasures_under_way(100).await.unwrap(), []);
    assert_only_a_tombstone(backend, user_id);
    assert_eq!(backend.tombstones().len(), 1);
}

pub async fn nothing_of_the_erased_is_shown_while_rows_are_left<B: Backend>(backend: &B) {
    let scene = Scene::set(backend).await;
    assert_eq!(history(backend, scene.erased).await, 1);
    begin(backend, scene.erased).await;
    loop {
        scene.assert_shows_nothing(backend).await;
        assert_eq!(history(backend, scene.erased).await, 0);
        let progress = backend
            .store()
            .continue_erasure(scene.erased, at(3), 1)
            .await;
        if progress.unwrap() == Progress::Finished {
            break;
        }
    }
    scene.assert_shows_nothing(backend).await;
    assert_only_a_tombstone(backend, scene.erased);
    assert!(backend.tables_naming(scene.asking).contains("users"));
}

pub async fn nothing_of_the_erased_is_changed_while_rows_are_left<B: Backend>(backend: &B) {
    let scene = Scene::set(backend).await;
    let store = backend.store();
    let received = all_of(scene.asking);
    let requests = store.list_follows(FollowList::RequestsReceived, &received);
    let request: Follow = requests.await.unwrap()[0];
    begin(backend, scene.erased).await;
    for decision in [
        FollowRequestDecision::Accept,
        FollowRequestDecision::Decline,
    ] {
        let decided = store.decide_follow_request(scene.asking, request.id, decision, at(3));
        assert_eq!(decided.await.unwrap(), Decided::NotFound);
    }
    for other in [scene.friend, scene.asking, scene.enemy] {
        for pair in [scene.with(other), scene.with(other).reversed()] {
            assert!(!store.remove_contact(pair, at(8)).await.unwrap());
            assert!(!store.remove_block(pair, at(8)).await.unwrap());
            assert!(!store.end_follow(&ending(pair, None)).await.unwrap());
        }
    }
    let created = store.create(first_seen(scene.erased).into()).await.unwrap();
    assert_eq!(created, Presence::Erased);
    let change = change(&first_seen(scene.erased), no_email());
    let outcome = store.compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Conflict);
}

pub async fn nobody_is_tied_to_the_erased_while_rows_are_left<B: Backend>(backend: &B) {
    let scene = Scene::set(backend).await;
    let store = backend.store();
    begin(backend, scene.erased).await;
    for other in [scene.friend, scene.asking, scene.enemy, some_id()] {
        let ours = (scene.with(other), Party::Actor);
        for (pair, erased) in [ours, (ours.0.reversed(), Party::Other)] {
            let added = store.add_contact(pair, at(3)).await.unwrap();
            assert_eq!(added, Added::Erased(erased));
            let added = store.add_block(pair, at(3)).await.unwrap();
            assert_eq!(added, Added::Erased(erased));
            let followed = store.follow(&wish(pair, 3)).await.unwrap();
            assert_eq!(followed, Followed::Erased(erased));
        }
    }
}

pub async fn lists_are_as_long_as_what_they_show_while_rows_are_left<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), some_id());
    let others: Vec<_> = (0..6).map(|_| some_id()).collect();
    for other in &others {
        tie(backend, Pair::new(owner, *other).unwrap()).await;
    }
    // Two are being erased: one with all rows left, and one with some rows deleted.
    let (gone, left) = others.split_at(2);
    for (erased, batches) in gone.iter().zip(0..) {
        begin(backend, *erased).await;
        for _ in 0..batches {
            store.continue_erasure(*erased, at(3), 1).await.unwrap();
        }
    }
    let contacts = store.list_contacts(&all_of(owner)).await.unwrap();
    assert_eq!(contacts.len(), left.len());
    assert!(contacts.iter().all(|contact| contact.mutual));
    let counts = store.count_follows(owner).await.unwrap();
    assert_eq!((counts.followers, counts.following), (4, 4));
    for list in [CountedList::Followers, CountedList::Following] {
        let mut query = PageQuery {
            owner,
            list,
            start: PageStart::First,
            limit: 3,
        };
        let first = store.page_of_follows(&query).await.unwrap();
        assert_eq!((first.items.len(), first.total), (3, 4), "{list:?}");
        query.start = PageStart::BehindItem(3.try_into().unwrap());
        let second = store.page_of_follows(&query).await.unwrap();
        assert_eq!((second.items.len(), second.total), (1, 4), "{list:?}");
    }
}

pub async fn many_who_go_on_with_one_erasure_at_once_finish_it<B: Backend>(backend: &B) {
    for _ in 0..5 {
        let user_id = known_everywhere(backend).await;
        begin(backend, user_id).await;
        let mut going_on = JoinSet::new();
        for _ in 0..4 {
            let store = Arc::clone(backend.store());
            going_on.spawn(async move {
                while store.continue_erasure(user_id, at(3), 1).await.unwrap() != Progress::Finished
                {
                }
                // When it has returned this, no row is left.
                assert_eq!(store.erasures_under_way(100).await.unwrap(), []);
            });
        }
        going_on.join_all().await;
        assert_only_a_tombstone(backend, user_id);
    }
}

pub async fn going_on_with_no_erasure_deletes_nothing<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    let before = backend.tables_naming(user_id);
    let progress = backend.store().continue_erasure(user_id, at(3), 100).await;
    assert_eq!(progress.unwrap(), Progress::Finished);
    assert_eq!(backend.tables_naming(user_id), before);
    assert_eq!(history(backend, user_id).await, 1);
}
