//! The signal that there may be a new change. It carries nothing and may be lost: the follower also reads regularly.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the follower of this process, and what wakes those of other processes. Several signals count as one. Cloning is
/// cheap.
#[derive(Clone, Default)]
pub struct ChangeSignal(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    follower: Notify,
    publisher: Notify,
}

impl ChangeSignal {
    /// This process has stored a change. MUST be called after the commit.
    pub fn stored(&self) {
        self.0.follower.notify_one();
        self.0.publisher.notify_one();
    }

    /// Another process has stored a change.
    pub fn stored_elsewhere(&self) {
        self.0.follower.notify_one();
    }

    /// Waits for a change that this process has stored since the last call. For one publisher.
    pub async fn wait_to_publish(&self) {
        self.0.publisher.notified().await;
    }

    /// Waits for a change of any process since the last call. For one follower.
    pub async fn wait(&self) {
        self.0.follower.notified().await;
    }
}
