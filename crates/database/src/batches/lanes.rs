//! Requests are sent together, or alone if they have to wait for a lock.

use std::collections::VecDeque;

use super::waiting::Waiting;

/// Where a request waits, and how it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// In a batch with others, if others wait.
    Together,
    /// Alone, because the statement did not answer it in a batch.
    Alone,
}

impl Lane {
    pub const fn other(self) -> Self {
        match self {
            Self::Together => Self::Alone,
            Self::Alone => Self::Together,
        }
    }
}

/// The waiting requests of a lane, and its runners.
pub(super) struct LaneState<R, A> {
    /// In the order of their numbers.
    pub waiting: VecDeque<Waiting<R, A>>,
    /// The number of runners, including those that wait for a connection.
    pub at_work: usize,
}

impl<R, A> Default for LaneState<R, A> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            at_work: 0,
        }
    }
}

impl<R, A> LaneState<R, A> {
    /// Removes a request that waits.
    pub fn withdraw(&mut self, number: u64) -> Option<Waiting<R, A>> {
        let place = self
            .waiting
            .binary_search_by_key(&number, |waiting| waiting.number);
        self.waiting.remove(place.ok()?)
    }
}
