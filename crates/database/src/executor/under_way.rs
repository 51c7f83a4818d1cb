//! The changes that were begun and may not be over: those that a caller who gave up waiting for one may have
//! to wait for after all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The changes that are under way through one pool. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct UnderWay(Arc<watch::Sender<Changes>>);

#[derive(Default)]
struct Changes {
    /// The number of the next one. Whichever begins later has a greater one.
    next: u64,
    under_way: BTreeSet<u64>,
}

impl UnderWay {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Changes::default())))
    }

    /// A change begins, and is under way until the answer is dropped.
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

    /// Returns once none that began before the call is under way. Holds up nobody, and is held up by none
    /// that begins later.
    pub async fn settled(&self) {
        let mut changes = self.0.subscribe();
        let end = changes.borrow().next;
        let is_over =
            |changes: &Changes| changes.under_way.first().is_none_or(|first| *first >= end);
        // Its sender is here.
        let _ = changes.wait_for(is_over).await;
    }
}

/// A change that is under way for as long as this lives.
pub(crate) struct UnderWayChange {
    number: u64,
    all: UnderWay,
}

impl UnderWayChange {
    /// Counts it as under way for so long still.
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
