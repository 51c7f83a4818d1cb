//! SIGHUP, which means that files have changed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUPs, from the creation of this value: none ends the process any more, and one that arrives while no one
/// waits is kept.
pub struct SighupStream(Signal);

impl SighupStream {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // The runtime is ending: there is no next one.
            std::future::pending::<()>().await;
        }
    }
}
