//! A request that waits for its answer.

use privet_application::StoreError;
use privet_domain::UserId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::executor::metrics::Raised;
use crate::executor::under_way::UnderWayChange;

/// A request without an answer so far.
pub(super) struct Waiting<R, A> {
    /// Greater than the numbers of all earlier requests.
    pub number: u64,
    pub key: Option<UserId>,
    pub weight: usize,
    pub request: R,
    pub answer: oneshot::Sender<Result<A, StoreError>>,
    /// Marks the change as not finished until it is dropped.
    pub change: Option<UnderWayChange>,
    /// The runtime on which its caller waits.
    pub runtime: Handle,
    /// Counts it as waiting in the metrics until it is in a batch.
    pub counted: Option<Raised>,
}

impl<R, A> Waiting<R, A> {
    /// Whether the caller gave up.
    pub fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn answer(self, result: Result<A, StoreError>) {
        // The change must be finished before its caller has the answer.
        drop(self.change);
        // The caller may have given up.
        let _ = self.answer.send(result);
    }
}
