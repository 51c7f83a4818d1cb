//! Whether this replica has the catalogue that was announced last.
//!
//! Services forget all decisions when a catalogue is announced. A replica that still has the one before would give them
//! old decisions afterwards, for which no change is told later. Its decisions have no cursor, so that nobody keeps them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// What this replica announced, compared with the feed.
#[derive(Default)]
pub(super) struct Announcement {
    own: Mutex<Option<Own>>,
    is_replaced: AtomicBool,
}

struct Own {
    fingerprint: i64,
    made_at: Instant,
}

impl Announcement {
    /// This replica has announced its catalogue.
    pub fn made(&self, fingerprint: i64, now: Instant) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        *own = Some(Own {
            fingerprint,
            made_at: now,
        });
        self.is_replaced.store(false, Ordering::Release);
    }

    /// Notes the last announced catalogue, as a read of the feed found it. MUST be called before the feed takes what was
    /// read, so that no cursor after the announcement is handed out.
    pub fn compare(&self, last: Option<i64>, read_at: Instant) {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // An earlier read may not have found the own announcement.
        let own = own.as_ref().filter(|own| own.made_at < read_at);
        if let Some(own) = own {
            let is_other = last != Some(own.fingerprint);
            self.is_replaced.store(is_other, Ordering::Release);
        }
    }

    /// Whether another replica has announced another catalogue since.
    pub fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_reads_after_the_announcement_count() {
        let (announcement, begun) = (Announcement::default(), Instant::now());
        let at = |second| begun + Duration::from_secs(second);
        announcement.compare(Some(1), at(1));
        assert!(!announcement.is_replaced());
        announcement.made(2, at(2));
        announcement.compare(Some(1), at(1));
        assert!(!announcement.is_replaced());
        announcement.compare(Some(2), at(3));
        assert!(!announcement.is_replaced());
        announcement.compare(Some(3), at(4));
        assert!(announcement.is_replaced());
        announcement.made(3, at(5));
        assert!(!announcement.is_replaced());
    }
}
