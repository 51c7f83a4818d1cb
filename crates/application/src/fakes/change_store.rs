//! A feed whose changes a test adds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};
use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::StoreError;
use crate::changes::{ChangeStore, Feed, FeedPart, PlacedChange};

/// Changes in the order in which they were added, one for each transaction.
pub struct FakeChangeStore {
    state: Mutex<State>,
    reads: AtomicU32,
}

struct State {
    epoch: u128,
    earliest: u64,
    last: u64,
    /// Changes after this one wait for a transaction under way.
    held_at: Option<u64>,
    fingerprint: Option<i64>,
    is_away: bool,
    changes: Vec<PlacedChange>,
}

impl Default for FakeChangeStore {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                epoch: 1,
                earliest: 0,
                last: 0,
                held_at: None,
                fingerprint: None,
                is_away: false,
                changes: Vec::new(),
            }),
            reads: AtomicU32::new(0),
        }
    }
}

impl State {
    fn add(&mut self, change: Change) {
        self.last += 1;
        self.changes.push(PlacedChange {
            position: FeedPosition::after(self.last),
            change,
        });
    }
}

impl FakeChangeStore {
    /// Adds a change of a user.
    pub fn add(&self, user_id: UserId, kind: ChangeKind, at: Timestamp) {
        self.state.lock().unwrap().add(Change {
            user: ChangedUser::One(user_id),
            kinds: ChangeKinds::of([kind]),
            at,
        });
    }

    /// Holds back what is added from now on, or no longer.
    pub fn hold(&self, is_held: bool) {
        let mut state = self.state.lock().unwrap();
        state.held_at = is_held.then_some(state.last);
    }

    /// Becomes another database without changes.
    pub fn restore(&self) {
        let mut state = self.state.lock().unwrap();
        state.epoch += 1;
        state.changes.clear();
        state.last = 0;
        state.earliest = 0;
    }

    /// Whether every call fails from now on.
    pub fn be_away(&self, is_away: bool) {
        self.state.lock().unwrap().is_away = is_away;
    }

    /// The number of reads so far.
    pub fn reads(&self) -> u32 {
        self.reads.load(Ordering::Relaxed)
    }

    /// The number of changes that are kept.
    pub fn kept(&self) -> usize {
        self.state.lock().unwrap().changes.len()
    }
}

#[async_trait]
impl ChangeStore for FakeChangeStore {
    async fn changes_after(&self, after: FeedPosition, most: u32) -> Result<FeedPart, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let state = self.state.lock().unwrap();
        if state.is_away {
            return Err(StoreError::unavailable("the fake feed is away"));
        }
        let reached = FeedPosition::after(state.held_at.unwrap_or(state.last));
        let told = state.changes.iter();
        let told = told.filter(|change| change.position > after && change.position <= reached);
        let told: Vec<_> = told.copied().collect();
        let waiting = state.changes.iter();
        let waiting = waiting
            .filter(|change| change.position > reached)
            .map(|change| change.change.at)
            .next();
        let most = most as usize;
        Ok(FeedPart {
            feed: Feed {
                epoch: Uuid::from_u128(state.epoch),
                earliest: FeedPosition::after(state.earliest),
                reached,
                waiting_since: waiting,
            },
            has_more: told.len() > most,
            changes: told.into_iter().take(most).collect(),
        })
    }

    async fn forget_changes(&self, before: Timestamp, most: u32) -> Result<bool, StoreError> {
        let mut state = self.state.lock().unwrap();
        let mut deleted = 0;
        while deleted < most
            && let Some(first) = state.changes.first().copied()
            && first.change.at < before
        {
            state.earliest = first.position.transaction;
            state.changes.remove(0);
            deleted += 1;
        }
        Ok(deleted == most)
    }

    async fn catalogue_changed(&self, fingerprint: i64, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap();
        let last = state.fingerprint.replace(fingerprint);
        // The first catalogue is no change.
        if last.is_some_and(|last| last != fingerprint) {
            state.add(Change {
                user: ChangedUser::All,
                kinds: ChangeKinds::of([ChangeKind::Catalogue]),
                at: now,
            });
        }
        Ok(())
    }
}
