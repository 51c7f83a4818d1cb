//! The JSON Web Key Set of `PRIVET_JWKS`: fetched at the start, again from time to time and on request. Where that
//! fails, the last good set stays in use.

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

/// For how long a set that cannot be read yet is waited for at the start.
const TIMEOUT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);
/// How often the set is read again without anybody asking, so that a key that was taken out is no longer
/// trusted; up to a fifth later, so that replicas do not all come at once.
const PERIOD: Duration = Duration::from_mins(5);
/// The same after it could not be read.
const PERIOD_OF_FAILURE: Duration = Duration::from_mins(1);

/// The set, as it was last good.
pub struct Jwks {
    source: Source,
    last_good: KeySet,
    /// Whether it could not be read the last time, which is said once.
    is_away: bool,
    next: Instant,
    refresher: Arc<KeyRefresher>,
}

/// Why the set shall be read again.
pub enum Reason {
    /// It is time to.
    Period,
    /// A token names a key that is not in it.
    UnknownKey,
}

impl Jwks {
    /// Reads the set for the first time, and waits some seconds for it where it is at a URL.
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

    /// Where the verifier asks for newer keys.
    pub fn newer_keys(&self) -> Arc<dyn NewerKeys> {
        Arc::clone(&self.refresher) as Arc<dyn NewerKeys>
    }

    /// Waits until the set shall be read again.
    pub async fn due(&self) -> Reason {
        tokio::select! {
            () = sleep_until(self.next) => Reason::Period,
            () = self.refresher.requested() => Reason::UnknownKey,
        }
    }

    /// Reads the set again; where that fails, the last good one stays.
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
                        "{JWKS} cannot be read; the last good keys stay in use"
                    );
                }
                Err(cause)
            }
        }
    }

    /// Lets those go on who asked for newer keys: there are none newer than these.
    pub fn finish_request(&self) {
        self.refresher.finish();
    }

    fn take(&mut self, set: KeySet) {
        if set.passed_over != self.last_good.passed_over {
            log_skipped_keys(&set.passed_over);
        }
        if set.keys != self.last_good.keys {
            tracing::info!(keys = set.keys.len(), "{JWKS} has other keys now");
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
        tracing::warn!(key, reason, "{JWKS} has a key that is passed over");
    }
}

/// Up to a fifth more.
fn with_jitter(period: Duration) -> Duration {
    let mut random = [0];
    // Without, all replicas come at once, and nothing worse.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let [random] = random;
    period + period * u32::from(random) / (5 * 256)
}

#[cfg(test)]
mod tests;
