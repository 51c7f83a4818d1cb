//! The key set of `PRIVET_JWKS`: fetched at the start, regularly, and on request. If that fails, the previous set
//! stays in use.

mod key_refresher;
mod source;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use privet_http::identity::{KeySet, NewerKeys, PassedOver, VerificationKey};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::configuration::keys::jwks::{JWKS, JwksLocation};
use privet_application::in_one_line;

use key_refresher::KeyRefresher;
use source::Source;

/// How long to wait at the start for a set that cannot be read yet.
const TIMEOUT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);
/// The interval between fetches, so that a removed key is no longer trusted; up to a fifth longer, so that
/// replicas do not fetch at the same time.
const PERIOD: Duration = Duration::from_mins(5);
/// The interval after a failure.
const PERIOD_OF_FAILURE: Duration = Duration::from_mins(1);

/// The last valid set.
pub struct Jwks {
    source: Source,
    last_good: KeySet,
    /// Whether the last fetch failed, which is logged once.
    is_away: bool,
    next: Instant,
    refresher: Arc<KeyRefresher>,
}

/// The reason of a fetch.
pub enum Reason {
    /// The interval has passed.
    Period,
    /// A token names an unknown key.
    UnknownKey,
}

impl Jwks {
    /// Reads the set for the first time; retries a URL for some seconds.
    pub async fn first(location: &JwksLocation) -> anyhow::Result<Self> {
        let source = Source::new(location)?;
        let last_good = first_set(&source).await?;
        log_skipped_keys(&last_good.passed_over);
        Ok(Self {
            source,
            last_good,
            is_away: false,
            next: Instant::now() + with_jitter(PERIOD),
            refresher: Arc::default(),
        })
    }

    /// Its keys.
    pub fn keys(&self) -> &[VerificationKey] {
        &self.last_good.keys
    }

    /// The handle by which the verifier requests newer keys.
    pub fn newer_keys(&self) -> Arc<dyn NewerKeys> {
        Arc::clone(&self.refresher) as Arc<dyn NewerKeys>
    }

    /// Waits until the set must be read again.
    pub async fn due(&self) -> Reason {
        tokio::select! {
            () = sleep_until(self.next) => Reason::Period,
            () = self.refresher.requested() => Reason::UnknownKey,
        }
    }

    /// Reads the set again; if that fails, the previous one stays in use.
    pub async fn refresh(&mut self) -> anyhow::Result<()> {
        let read = self.source.read().await;
        let period = if read.is_ok() {
            PERIOD
        } else {
            PERIOD_OF_FAILURE
        };
        self.next = Instant::now() + with_jitter(period);
        let was_away = std::mem::replace(&mut self.is_away, read.is_err());
        match read {
            Ok(set) => {
                if was_away {
                    tracing::info!("{JWKS} can be read again");
                }
                self.take(set);
                Ok(())
            }
            Err(cause) => {
                if !was_away {
                    let cause = in_one_line(&format!("{cause:#}"));
                    tracing::warn!(
                        exception.message = cause,
                        "{JWKS} cannot be read; the previous keys stay in use"
                    );
                }
                Err(cause)
            }
        }
    }

    /// Resumes the requests that wait for newer keys: the fetch has ended.
    pub fn finish_request(&self) {
        self.refresher.finish();
    }

    fn take(&mut self, set: KeySet) {
        if set.passed_over != self.last_good.passed_over {
            log_skipped_keys(&set.passed_over);
        }
        if set.keys != self.last_good.keys {
            tracing::info!(keys = set.keys.len(), "{JWKS} has new keys");
        }
        self.last_good = set;
    }
}

async fn first_set(source: &Source) -> anyhow::Result<KeySet> {
    let mut last = anyhow!("no answer");
    let mut is_first = true;
    let reading = async {
        loop {
            match source.read().await {
                Ok(set) => return set,
                Err(cause) => last = cause,
            }
            if is_first {
                let (cause, seconds) = (in_one_line(&format!("{last:#}")), TIMEOUT.as_secs());
                tracing::warn!(
                    exception.message = cause,
                    "waiting up to {seconds} seconds for {JWKS}"
                );
            }
            is_first = false;
            sleep(PAUSE).await;
        }
    };
    let read = timeout(TIMEOUT, reading).await;
    read.map_err(|_| last)
        .with_context(|| format!("{JWKS} gave no keys within {} seconds", TIMEOUT.as_secs()))
}

fn log_skipped_keys(keys: &[PassedOver]) {
    for PassedOver { key, reason } in keys {
        tracing::warn!(key, reason, "{JWKS} contains a key that Privet ignores");
    }
}

/// Up to a fifth longer.
fn with_jitter(period: Duration) -> Duration {
    let mut random = [0];
    // Without randomness all replicas fetch at the same time, which is harmless.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let [random] = random;
    period + period * u32::from(random) / (5 * 256)
}

#[cfg(test)]
mod tests;
