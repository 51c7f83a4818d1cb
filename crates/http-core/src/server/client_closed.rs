//! Whether a client has closed its side of the connection. actix goes on with an answer then, because the client may still
//! read it; a stream would only notice when it is written to.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The state of one connection. Cloning is cheap.
#[derive(Clone, Default)]
pub struct ClientClosed(Arc<State>);

#[derive(Default)]
struct State {
    is_closed: AtomicBool,
    closed: Notify,
}

impl ClientClosed {
    pub(super) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Release);
        self.0.closed.notify_waiters();
    }

    /// Waits until the client has closed its side.
    pub async fn closed(&self) {
        let mut closed = pin!(self.0.closed.notified());
        // From here on no notification is missed.
        closed.as_mut().enable();
        if !self.0.is_closed.load(Ordering::Acquire) {
            closed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[actix_web::test]
    async fn a_close_is_noticed_before_and_during_the_wait() {
        let client = ClientClosed::default();
        let short = Duration::from_millis(10);
        assert!(timeout(short, client.closed()).await.is_err());
        let closing = client.clone();
        actix_web::rt::spawn(async move { closing.close() });
        client.closed().await;
        client.closed().await;
    }
}
