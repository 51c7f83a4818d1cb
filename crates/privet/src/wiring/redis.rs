//! The configured Redis.

use std::future::Future;
use std::sync::Arc;

use privet_application::changes::ChangeSignal;
use privet_redis::RedisLink;

use crate::configuration::{ConfigurationError, Secret, shown_url};

/// The Redis that replicas share.
pub struct Redis(pub(super) Arc<RedisLink>);

impl Redis {
    /// The one at that URL. Does not connect yet.
    pub fn new(url: &Secret<String>) -> Result<Self, ConfigurationError> {
        let link = RedisLink::new(url.reveal()).map_err(|error| {
            let takes = "redis://<host>:<port> or, with TLS, rediss://, with <user>:<password>@ before and /<number> \
                         behind it if needed; redis-sentinel://<host>:<port>,…?master=<name>; \
                         redis-cluster://<host>:<port>,…";
            let shown = shown_url::without_secrets(url.reveal());
            let takes = match error {
                privet_redis::InvalidUrl::NotAnAddress => takes.to_owned(),
                privet_redis::InvalidUrl::Certificates(cause) => {
                    format!("PEM files as ca_file, cert_file and key_file: {cause}")
                }
            };
            ConfigurationError::value("REDIS_URL", &shown, &takes)
        })?;
        Ok(Self(Arc::new(link)))
    }

    /// Connects, and connects again whenever the connection is lost.
    pub fn keep_connected(&self) -> impl Future<Output = ()> + use<> {
        let link = Arc::clone(&self.0);
        async move { link.keep_connected().await }
    }

    /// Tells the other replicas of changes, and is told of theirs.
    pub fn share_changes(&self, signal: ChangeSignal) -> impl Future<Output = ()> + use<> {
        let link = Arc::clone(&self.0);
        async move { link.share_changes(signal).await }
    }
}
