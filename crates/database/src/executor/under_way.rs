//! Tracks the changes in progress, so that a caller whose change timed out can wait until it has ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The changes in progress of one pool. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct UnderWay(Arc<watch::Sender<Changes>>);

#[derive(Default)]
struct Changes {
    /// The number of the next change. Numbers increase.
    next: u64,
    under_way: BTreeSet<u64>,
}

impl UnderWay {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Changes::default())))
    }

    /// Begins a change. It is in progress until the result is dropped.
    pub fn begin(&self) -> UnderWayChange {
        let mut number = 0;
        self.0.send_modify(|changes| {
            number = changes.next;
            changes.next += 1;
            changes.under_way.insert(number);
        });
        UnderWayChange {
            number,
            all: self.clone(),
        }
    }

    /// Waits until all changes that began before the call have ended. It delays no other call, and later changes do not
    /// delay it.
    pub async fn settled(&self) {
        let mut changes = self.0.subscribe();
        let end = changes.borrow().next;
        let is_over =
            |changes: &Changes| changes.under_way.first().is_none_or(|first| *first >= end);
        // This cannot fail, because `self` has the sender.
        let _ = changes.wait_for(is_over).await;
    }
}

/// A change that is in progress until this is dropped.
pub(crate) struct UnderWayChange {
    number: u64,
    all: UnderWay,
}

impl UnderWayChange {
    /// Counts the change as in progress for this time.
    pub async fn outlast(self, time: Duration) {
        tokio::time::sleep(time).await;
        drop(self);
    }
}

impl Drop for UnderWayChange {
    fn drop(&mut self) {
        self.all.0.send_modify(|changes| {
            changes.under_way.remove(&self.number);
        });
    }
}
