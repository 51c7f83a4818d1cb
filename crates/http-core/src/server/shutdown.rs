//! The end of a server: what comes on connections that are open is answered for a while, and each answer says
//! that its connection ends (RFC 9112, section 9.6).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_server::GracefulShutdownSignal;
use tokio::time::sleep;

/// How long a connection without a request stays open once the server stops: whoever shares connections, such
/// as a proxy, sends on it until it has noticed.
const LONGEST_GRACE: Duration = Duration::from_secs(2);

/// Whether and since when a server stops. Cloning it is cheap.
#[derive(Clone)]
pub struct Shutdown {
    has_begun: Arc<AtomicBool>,
    signal: GracefulShutdownSignal,
    grace: Duration,
}

impl Shutdown {
    /// Of the server that gives this signal and lets requests take `longest` then. Must be called within a
    /// tokio runtime.
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

    /// Whether every answer is to be the last one on its connection.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits until connections without a request are to be closed.
    pub async fn closes_idle(&self) {
        self.signal.notified().await;
        sleep(self.grace).await;
    }
}
