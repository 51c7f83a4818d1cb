//! What all streams have in common: their beat, and why they end. Long polls end for the same reasons.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use privet_application::{Clock, Privet};
use privet_http_core::auth::middleware::TokenExpiry;
use privet_http_core::response::server_sent_events::write_retry;
use privet_http_core::server::{ClientClosed, Shutdown};
use tokio::time::{Instant, sleep_until};

/// The time between two beats. Proxies close connections that are silent for a minute or half a minute.
pub const BEAT: Duration = Duration::from_secs(15);

/// The bounds of the time that a client waits before it connects again, in milliseconds. It differs between clients, so
/// that those of a replica that stops do not return all at once.
const RETRY_BASE: u64 = 1_000;
const RETRY_SPREAD: u64 = 4_001;

/// The beat of a stream and its end: when its token expires, the server stops or the client goes away.
pub struct Lifetime {
    clock: Arc<dyn Clock>,
    expiry: TokenExpiry,
    ends_at: Instant,
    next_beat: Instant,
    shutdown: Option<Shutdown>,
    client: Option<ClientClosed>,
    retry: Duration,
}

/// What interrupts the wait for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// It is time for a beat.
    Beat,
    /// The stream ends.
    End,
}

impl Lifetime {
    /// Of the answer to this request.
    pub fn new(privet: &Privet, request: &HttpRequest, expiry: TokenExpiry) -> Self {
        let now = Instant::now();
        let [.., low, high] = privet.ids.new_id().into_bytes();
        let random = u64::from(u16::from_le_bytes([low, high]));
        Self {
            ends_at: now + expiry.remaining(privet.clock.now()),
            clock: Arc::clone(&privet.clock),
            expiry,
            next_beat: now + BEAT,
            shutdown: request.app_data::<Shutdown>().cloned(),
            client: request.conn_data::<ClientClosed>().cloned(),
            retry: Duration::from_millis(RETRY_BASE + random % RETRY_SPREAD),
        }
    }

    /// When the next beat is due.
    pub const fn next_beat(&self) -> Instant {
        self.next_beat
    }

    /// When the token expires.
    pub const fn ends_at(&self) -> Instant {
        self.ends_at
    }

    /// Waits for the next beat or the end. Nothing is lost if the future is dropped.
    pub async fn interruption(&mut self) -> Interruption {
        tokio::select! {
            () = self.is_over() => return Interruption::End,
            () = sleep_until(self.next_beat.min(self.ends_at)) => {}
        }
        if self.beat() {
            Interruption::Beat
        } else {
            Interruption::End
        }
    }

    /// Waits for the end.
    pub async fn end(&self) {
        tokio::select! {
            () = self.is_over() => {}
            () = sleep_until(self.ends_at) => {}
        }
    }

    /// Waits until the server stops or the client goes away.
    async fn is_over(&self) {
        let stops = async {
            match &self.shutdown {
                Some(shutdown) => shutdown.begins().await,
                None => pending().await,
            }
        };
        let goes_away = async {
            match &self.client {
                Some(client) => client.closed().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = stops => {}
            () = goes_away => {}
        }
    }

    /// Plans the next beat. Returns whether the token is still valid, also after the clock was set.
    pub fn beat(&mut self) -> bool {
        let now = Instant::now();
        let remaining = self.expiry.remaining(self.clock.now());
        self.ends_at = now + remaining;
        self.next_beat = now + BEAT;
        !remaining.is_zero()
    }

    /// Appends when a client should connect again. At the beginning, for connections that are lost, and at the end.
    pub fn write_retry(&self, text: &mut String) {
        write_retry(text, self.retry);
    }
}
