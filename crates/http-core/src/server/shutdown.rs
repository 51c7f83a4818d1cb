//! Graceful shutdown: for a while requests on open connections are answered, and each answer closes its connection
//! (RFC 9112, section 9.6).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_server::GracefulShutdownSignal;
use tokio::time::sleep;

/// How long idle connections stay open after the stop. Clients that share connections, such as proxies, may still
/// send requests before they notice.
const LONGEST_GRACE: Duration = Duration::from_secs(2);

/// Whether and since when a server is stopping. Cloning is cheap.
#[derive(Clone)]
pub struct Shutdown {
    has_begun: Arc<AtomicBool>,
    signal: GracefulShutdownSignal,
    grace: Duration,
}

impl Shutdown {
    /// For the server with this stop signal, whose requests may take `longest` then. Must be called within a tokio
    /// runtime.
    #[must_use]
    pub fn new(signal: GracefulShutdownSignal, longest: Duration) -> Self {
        let has_begun = Arc::new(AtomicBool::new(false));
        let (begins, begun) = (signal.clone(), Arc::clone(&has_begun));
        tokio::spawn(async move {
            begins.notified().await;
            begun.store(true, Ordering::Relaxed);
        });
        Self {
            has_begun,
            signal,
            grace: LONGEST_GRACE.min(longest / 2),
        }
    }

    /// Whether every answer must close its connection.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits until the server stops.
    pub async fn begins(&self) {
        self.signal.notified().await;
    }

    /// Waits until idle connections must be closed.
    pub async fn closes_idle(&self) {
        self.signal.notified().await;
        sleep(self.grace).await;
    }
}
