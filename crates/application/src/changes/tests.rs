//! The feed over fakes, with time that tests move.

mod following;
mod own;
mod reading;

use std::time::Duration;

use privet_domain::changes::ChangeKind;
use privet_domain::changes::cursor::Cursor;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::followed_feed::SETTLES_AFTER;
use super::follower::{LONGEST_INTERVAL, SHORTEST_INTERVAL};
use super::{ChangePage, ChangeSignal, FeedError, Start};
use crate::fakes::{Services, at, user};

/// A replica that follows the feed.
struct Replica {
    services: Services,
    signal: ChangeSignal,
    following: JoinHandle<()>,
}

/// After this time services are told everything.
const SETTLED: Duration = Duration::from_millis(600);

impl Replica {
    fn new() -> Self {
        let (services, signal) = (Services::new(), ChangeSignal::default());
        let follower = services.changes.follower(signal.clone());
        let following = tokio::spawn(follower.run());
        Self {
            services,
            signal,
            following,
        }
    }

    /// A replica whose first read is over.
    async fn settled() -> Self {
        let replica = Self::new();
        sleep(SETTLED).await;
        replica
    }

    fn change(&self, number: u128, kind: ChangeKind) {
        self.services.feed.add(user(number), kind, at(0));
        self.signal.stored();
    }

    async fn read(&self, start: Start, most: u32) -> Result<ChangePage, FeedError> {
        let mut reader = self.services.changes.reader(start).await?;
        reader.next(most, Instant::now()).await
    }

    async fn now(&self) -> Cursor {
        let reader = self.services.changes.reader(Start::Now).await.unwrap();
        reader.cursor
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.following.abort();
    }
}

#[test]
fn a_change_settles_before_it_must_be_told() {
    assert!(SETTLES_AFTER + LONGEST_INTERVAL <= 2 * SETTLED);
    assert!(SETTLES_AFTER + SHORTEST_INTERVAL < SETTLED);
}
