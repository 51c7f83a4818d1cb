//! How services read the feed: page by page, each from a cursor.

use std::sync::Arc;

use privet_domain::changes::cursor::{Cursor, FeedPosition};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::ChangeService;
use super::followed_feed::Remembered;
use super::page::ChangePage;
use crate::StoreError;

/// The maximum number of changes in a page.
pub const MOST_CHANGES: u32 = 1_000;

/// Where a service begins to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After the last change.
    Now,
    /// Before the first change that is kept.
    Earliest,
    /// After this cursor.
    After(Cursor),
}

/// Changes cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The cursor is older than the changes that are kept, or of another database.
    #[error("the cursor has expired")]
    CursorExpired,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A service that reads on from where it stopped.
pub struct ChangeReader {
    service: ChangeService,
    told: watch::Receiver<()>,
    /// The cursor after what was read.
    pub cursor: Cursor,
}

impl ChangeService {
    /// The text of a cursor up to which everything that is read from now on reflects all changes; `None` if the feed could
    /// not be read since the start of the process.
    pub async fn cursor(&self) -> Option<Arc<str>> {
        let settled = self.feed.settled().await;
        settled.map(|settled| Arc::clone(&settled.text))
    }

    /// Reads from `start`.
    pub async fn reader(&self, start: Start) -> Result<ChangeReader, FeedError> {
        let told = self.feed.subscribe();
        let unread = || StoreError::unavailable("the feed of changes was not read yet");
        let settled = self.feed.settled().await.ok_or_else(unread)?;
        let cursor = match start {
            Start::Now => settled.cursor,
            Start::Earliest => self.feed.earliest().ok_or_else(unread)?,
            Start::After(cursor) => cursor,
        };
        Ok(ChangeReader {
            service: self.clone(),
            told,
            cursor,
        })
    }

    async fn page(&self, after: Cursor, most: u32) -> Result<ChangePage, FeedError> {
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        match self.feed.remembered(after, limit) {
            Remembered::Page(page) => Ok(page),
            Remembered::TooFarBack => self.stored_page(after, most).await,
            Remembered::Expired => Err(FeedError::CursorExpired),
            Remembered::OtherEpoch => self.page_of_other_epoch(after).await,
        }
    }

    async fn stored_page(&self, after: Cursor, most: u32) -> Result<ChangePage, FeedError> {
        // Before the read, so that the store has all changes up to it.
        let settled = self.feed.settled().await.map(|settled| settled.cursor);
        let part = self.store.changes_after(after.position, most).await?;
        if part.feed.epoch != after.epoch || after.position < part.feed.earliest {
            return Err(FeedError::CursorExpired);
        }
        let settled = settled.filter(|settled| settled.epoch == after.epoch);
        let settled = settled.map_or(FeedPosition::FIRST, |settled| settled.position);
        let read = part.changes.len();
        let changes: Vec<_> = part
            .changes
            .into_iter()
            .take_while(|change| change.position <= settled)
            .collect();
        let is_all = changes.len() < read || !part.has_more;
        Ok(ChangePage::new(after, changes, is_all, settled))
    }

    /// Of two databases the store knows which one it is. This replica may not have noticed a restored one yet.
    async fn page_of_other_epoch(&self, after: Cursor) -> Result<ChangePage, FeedError> {
        let part = self.store.changes_after(FeedPosition::FIRST, 1).await?;
        if part.feed.epoch == after.epoch && after.position >= part.feed.earliest {
            Ok(ChangePage::new(after, Vec::new(), true, after.position))
        } else {
            Err(FeedError::CursorExpired)
        }
    }
}

impl ChangeReader {
    /// The next page. If there are no changes, waits for the first ones, at most until `deadline`.
    pub async fn next(&mut self, most: u32, deadline: Instant) -> Result<ChangePage, FeedError> {
        loop {
            self.told.mark_unchanged();
            let page = self.service.page(self.cursor, most).await?;
            // Also without changes: a cursor that stays where it is would expire.
            self.cursor = page.next;
            let is_empty = page.changes.is_empty() && page.caught_up;
            if !is_empty || Instant::now() >= deadline {
                return Ok(page);
            }
            // After the deadline the last page tells how far the feed is.
            let _ = timeout_at(deadline, self.told.changed()).await;
        }
    }
}
