//! SIGHUP, by which an operator says that files have changed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for SIGHUP, from when it is made: since then none ends the process, and the last one that came
/// is not lost.
pub struct Hangups(Signal);

impl Hangups {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // There will be none.
            std::future::pending::<()>().await;
        }
    }
}
