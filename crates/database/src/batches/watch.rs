//! Looks for batches that take long while requests wait.

use std::sync::Arc;
use std::time::Duration;

use super::lanes::Lane;
use super::limits::Limits;
use super::runner::Runner;
use super::{Shared, Statement};
use crate::executor::{Another, Connector};

/// A batch that takes longer may be stuck, for example in a commit that waits for a standby, or on a connection that was
/// lost without notice. Another one then starts beside it.
const STUCK_AFTER: Duration = Duration::from_millis(100);

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(2);

impl<M: Connector, S: Statement<M::Connection>> Shared<M, S> {
    /// Starts another runner if a batch in progress takes long, or if the runners have none, for as long as requests wait.
    /// Requests that come later do the same at once; this is for those that came before.
    pub(super) fn watch(self: &Arc<Self>) {
        let watch = Watch(Arc::clone(self));
        tokio::spawn(async move {
            let shared = Arc::clone(&watch.0);
            tokio::time::sleep(PAUSE).await;
            shared.begin_if_late();
            let limits = Limits {
                most: shared.most_waiting(2),
                another: Another::AT_ONCE,
            };
            let runtime = shared.lock().begin_beside_stuck(STUCK_AFTER, limits);
            if let Some(runtime) = runtime {
                Runner::of(Arc::clone(&shared), Lane::Together).begin_later(&runtime);
            }
            drop(watch);
            let goes_on = shared.lock().begin_watch();
            if goes_on {
                shared.watch();
            }
        });
    }
}

/// A task that looks for batches that take long. If its runtime stops, another one may begin.
struct Watch<M: Connector, S: Statement<M::Connection>>(Arc<Shared<M, S>>);

impl<M: Connector, S: Statement<M::Connection>> Drop for Watch<M, S> {
    fn drop(&mut self) {
        self.0.lock().end_watch();
    }
}
