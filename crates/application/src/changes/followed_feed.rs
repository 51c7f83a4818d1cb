//! The end of the feed in memory, as the follower of this replica last read it.
//!
//! Services are told only up to the *settled* position: the one that was reached [`SETTLES_AFTER`] ago. A change is
//! visible a moment before it is acknowledged, so a cursor at the reached position could lie behind a change that was not
//! acknowledged yet, and the change would never be told after it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use privet_domain::Timestamp;
use privet_domain::changes::ChangeKinds;
use privet_domain::changes::cursor::{Cursor, FeedPosition};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::announcement::Announcement;
use super::devices::Devices;
use super::page::ChangePage;
use super::{Feed, FeedPart, PlacedChange};

/// More than the time between the commit of a change and its acknowledgement, also while Redis fails.
pub(super) const SETTLES_AFTER: Duration = Duration::from_millis(400);
/// The number of changes in memory. Readers that are further back read the store.
pub(super) const MOST_REMEMBERED: usize = 10_000;
/// A feed that was not read for so long, or whose next change cannot be told for so long, is late: nobody is caught up.
pub(super) const LATE_AFTER: Duration = Duration::from_secs(10);
/// How long requests wait for the first settled position, just after the start of the process. Counted once for all of them:
/// if the feed cannot be read, decisions are not slower for it.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The feed as this replica knows it.
#[derive(Default)]
pub(super) struct FollowedFeed {
    end: Mutex<Option<FeedEnd>>,
    settled: ArcSwapOption<SettledCursor>,
    /// When the first request began to wait for a settled position.
    waiting_since: Mutex<Option<Instant>>,
    /// Changes when there is more to tell to services.
    told: watch::Sender<()>,
    devices: Arc<Devices>,
    announcement: Announcement,
}

/// The position up to which services are told, and its text.
pub(super) struct SettledCursor {
    pub cursor: Cursor,
    pub text: Arc<str>,
}

/// The end of the feed.
struct FeedEnd {
    epoch: Uuid,
    earliest: FeedPosition,
    /// All changes after this position, up to `reached`, are in memory.
    remembered_from: FeedPosition,
    reached: FeedPosition,
    settled: Option<FeedPosition>,
    /// Positions that are not settled yet, with the times at which they were reached.
    unsettled: VecDeque<(Instant, FeedPosition)>,
    changes: VecDeque<PlacedChange>,
    read_at: Instant,
    /// The time of the first change that is stored and cannot be told yet, and since when this replica knows of it.
    waiting: Option<(Timestamp, Instant)>,
}

/// A page of changes in memory, or why there is none.
pub(super) enum Remembered {
    /// The changes.
    Page(ChangePage),
    /// The changes after the cursor are no longer in memory.
    TooFarBack,
    /// The cursor is older than the feed.
    Expired,
    /// The feed has another epoch, or was not read yet.
    OtherEpoch,
}

impl FeedEnd {
    fn begin(feed: &Feed, now: Instant, is_settled: bool) -> Self {
        Self {
            epoch: feed.epoch,
            earliest: feed.earliest,
            remembered_from: feed.reached,
            reached: feed.reached,
            settled: is_settled.then_some(feed.reached),
            unsettled: VecDeque::from([(now, feed.reached)]),
            changes: VecDeque::new(),
            read_at: now,
            waiting: feed.waiting_since.map(|at| (at, now)),
        }
    }

    fn extend(&mut self, part: &FeedPart, now: Instant) {
        self.earliest = part.feed.earliest;
        self.read_at = now;
        let known = self.waiting;
        self.waiting = part.feed.waiting_since.map(|at| match known {
            Some((first, since)) if first == at => (at, since),
            _ => (at, now),
        });
        let last = part.changes.last().map(|change| change.position);
        let reached = match last {
            Some(last) if part.has_more => last,
            _ => part.feed.reached,
        };
        self.changes.extend(part.changes.iter().copied());
        while self.changes.len() > MOST_REMEMBERED {
            if let Some(forgotten) = self.changes.pop_front() {
                self.remembered_from = forgotten.position;
            }
        }
        if reached > self.reached {
            self.reached = reached;
            self.unsettled.push_back((now, reached));
        }
    }

    /// Whether there may be acknowledged changes that should have been told long ago.
    fn is_late(&self, now: Instant) -> bool {
        let waiting_since = self.waiting.map_or(now, |(_, since)| since);
        let since = self.read_at.min(waiting_since);
        now.saturating_duration_since(since) > LATE_AFTER
    }

    /// Moves the settled position. Returns the times of the changes that it passed.
    fn settle(&mut self, now: Instant) -> Vec<Timestamp> {
        let before = self.settled;
        while let Some((since, position)) = self.unsettled.front().copied()
            && now.saturating_duration_since(since) >= SETTLES_AFTER
        {
            self.settled = Some(position);
            self.unsettled.pop_front();
        }
        match (before, self.settled) {
            (Some(before), Some(settled)) if settled > before => {
                let passed = self.between(before, settled);
                passed.map(|placed| placed.change.at).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The changes in memory after one position and up to another.
    fn between(
        &self,
        after: FeedPosition,
        up_to: FeedPosition,
    ) -> impl Iterator<Item = &PlacedChange> {
        let first = self
            .changes
            .partition_point(|change| change.position <= after);
        let rest = self.changes.iter().skip(first);
        rest.take_while(move |change| change.position <= up_to)
    }
}

impl FollowedFeed {
    /// The position after which the follower reads on; `None` before its first read.
    pub fn reached(&self) -> Option<FeedPosition> {
        self.lock().as_ref().map(|end| end.reached)
    }

    /// Takes what the follower read after [`Self::reached`], and tells it. Returns the times of the changes that services
    /// are told now. If this is the only process, all changes before its start are acknowledged.
    pub fn take(&self, part: &FeedPart, now: Instant, is_alone: bool) -> Vec<Timestamp> {
        let mut followed = self.lock();
        let epoch = followed.as_ref().map(|end| end.epoch);
        let is_known = epoch == Some(part.feed.epoch);
        if !is_known {
            *followed = Some(FeedEnd::begin(&part.feed, now, is_alone));
            self.settled.store(None);
        }
        let Some(end) = followed.as_mut() else {
            return Vec::new();
        };
        if is_known {
            end.extend(part, now);
        }
        let passed = self.settle_end(end, now);
        if is_known {
            // Once for each user, so that the changes of one transaction are told together.
            let mut told = HashMap::<_, ChangeKinds>::new();
            for PlacedChange { change, .. } in &part.changes {
                let kinds = told.entry(change.user).or_default();
                *kinds = kinds.union(change.kinds);
            }
            for (user, kinds) in told {
                self.devices.tell(user, kinds);
            }
        } else if epoch.is_some() {
            // Another database: anything may be different, and cursors have expired.
            self.devices.tell_all_anew();
            self.told.send_replace(());
        }
        passed
    }

    /// Tells services what has settled since. Returns the times of these changes.
    pub fn settle(&self, now: Instant) -> Vec<Timestamp> {
        let mut followed = self.lock();
        let end = followed.as_mut();
        end.map(|end| self.settle_end(end, now)).unwrap_or_default()
    }

    fn settle_end(&self, end: &mut FeedEnd, now: Instant) -> Vec<Timestamp> {
        let passed = end.settle(now);
        let known = self.settled.load();
        let known = known.as_ref().map(|known| known.cursor.position);
        if end.settled != known {
            self.publish(end);
        }
        if !passed.is_empty() || known.is_none() {
            self.told.send_replace(());
        }
        passed
    }

    /// When the next changes settle, or the first position.
    pub fn next_settlement(&self) -> Option<Instant> {
        let followed = self.lock();
        let end = followed.as_ref()?;
        let settled = end.settled.unwrap_or(FeedPosition::FIRST);
        let first = end.between(settled, end.reached).next();
        let first = first.map(|change| change.position);
        let is_awaited = |(_, position): &&(Instant, FeedPosition)| {
            end.settled.is_none() || first.is_some_and(|first| *position >= first)
        };
        let (since, _) = end.unsettled.iter().find(is_awaited)?;
        Some(*since + SETTLES_AFTER)
    }

    fn publish(&self, end: &FeedEnd) {
        let cursor = end.settled.map(|position| Cursor {
            epoch: end.epoch,
            position,
        });
        let settled = cursor.map(|cursor| SettledCursor {
            cursor,
            text: cursor.to_string().into(),
        });
        if settled.is_some() {
            *self.waiting_since() = None;
        }
        self.settled.store(settled.map(Arc::new));
    }

    /// The settled position. Waits for the first one; `None` if there is none in time.
    pub async fn settled(&self) -> Option<Arc<SettledCursor>> {
        if let Some(settled) = self.settled.load_full() {
            return Some(settled);
        }
        let mut told = self.told.subscribe();
        let waiting = async {
            loop {
                told.mark_unchanged();
                if let Some(settled) = self.settled.load_full() {
                    return Some(settled);
                }
                told.changed().await.ok()?;
            }
        };
        let since = *self.waiting_since().get_or_insert_with(Instant::now);
        let waited = timeout_at(since + LONGEST_WAIT, waiting).await;
        waited.ok().flatten()
    }

    /// The position up to which changes were deleted.
    pub fn earliest(&self) -> Option<Cursor> {
        let end = self.lock();
        end.as_ref().map(|end| Cursor {
            epoch: end.epoch,
            position: end.earliest,
        })
    }

    /// At most `most` settled changes after a cursor.
    pub fn remembered(&self, after: Cursor, most: usize) -> Remembered {
        let end = self.lock();
        let Some(end) = end.as_ref().filter(|end| end.epoch == after.epoch) else {
            return Remembered::OtherEpoch;
        };
        let position = after.position;
        if position < end.earliest {
            return Remembered::Expired;
        }
        if position < end.remembered_from {
            return Remembered::TooFarBack;
        }
        // Before the first settled position nothing is told.
        let settled = end.settled.unwrap_or(FeedPosition::FIRST);
        let mut changes = end.between(position, settled).copied();
        let page: Vec<_> = changes.by_ref().take(most).collect();
        let is_all = changes.next().is_none();
        let mut page = ChangePage::new(after, page, is_all, settled);
        page.caught_up &= !end.is_late(Instant::now());
        Remembered::Page(page)
    }

    /// Whether this replica cannot say that somebody is caught up.
    pub fn is_late(&self) -> bool {
        let end = self.lock();
        end.as_ref().is_none_or(|end| end.is_late(Instant::now()))
    }

    /// Changes when there may be more to tell to services.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.told.subscribe()
    }

    pub const fn devices(&self) -> &Arc<Devices> {
        &self.devices
    }

    pub const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    fn waiting_since(&self) -> MutexGuard<'_, Option<Instant>> {
        let waiting_since = self.waiting_since.lock();
        waiting_since.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<FeedEnd>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
