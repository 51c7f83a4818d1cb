//! Tells other replicas that there may be a new change. Nothing depends on it: after a lost message a change is told a
//! quarter of a second later. It has connections of its own, so that a Redis that refuses channels stays in use as a
//! cache.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use futures_util::StreamExt;
use privet_application::changes::ChangeSignal;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{Msg, RedisResult};
use tokio::time::{sleep, timeout};

use super::connections::{self, failure};
use super::{LONGEST_WAIT, RedisLink, SLOWEST_CONNECT};

/// The channel. A message names the process that sent it.
const CHANNEL: &str = "privet:v1:changes";
/// The minimum time between two messages: one wakes others for all changes before it.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(20);
/// The interval at which a silent connection is tested.
const PING_EVERY: Duration = Duration::from_secs(10);

impl RedisLink {
    /// Publishes this process's changes, and wakes its follower after changes of others. Never returns.
    pub async fn share_changes(&self, signal: ChangeSignal) {
        let own_name = RandomState::new().hash_one(CHANNEL).to_string();
        loop {
            if let Err(error) = self.share_until_lost(&signal, &own_name).await {
                tracing::debug!(exception.message = %error, "changes are not shared through Redis");
            }
            sleep(LONGEST_WAIT).await;
        }
    }

    async fn share_until_lost(&self, signal: &ChangeSignal, own_name: &str) -> RedisResult<()> {
        let (client, publishing) = connections::to_any(&self.address).await?;
        let subscribing = async {
            let mut messages = client.get_async_pubsub().await?;
            messages.subscribe(CHANNEL).await?;
            RedisResult::Ok(messages)
        };
        let messages = timeout(SLOWEST_CONNECT, subscribing).await;
        let messages = messages.map_err(|_| failure("no answer to a subscription"))??;
        tokio::select! {
            lost = publish(publishing, signal, own_name) => lost,
            lost = receive(messages, signal, own_name) => lost,
        }
    }
}

async fn publish(
    mut connection: MultiplexedConnection,
    signal: &ChangeSignal,
    own_name: &str,
) -> RedisResult<()> {
    loop {
        signal.wait_to_publish().await;
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(CHANNEL).arg(own_name);
        publish.query_async::<()>(&mut connection).await?;
        sleep(SHORTEST_INTERVAL).await;
    }
}

async fn receive(messages: PubSub, signal: &ChangeSignal, own_name: &str) -> RedisResult<()> {
    let (mut sink, mut messages) = messages.split();
    loop {
        match timeout(PING_EVERY, messages.next()).await {
            Ok(Some(message)) if is_of(&message, own_name) => {}
            Ok(Some(_)) => signal.stored_elsewhere(),
            Ok(None) => return Err(failure("the subscription was lost")),
            Err(_) => {
                let ping = timeout(SLOWEST_CONNECT, sink.ping::<()>()).await;
                ping.map_err(|_| failure("no answer on a subscription"))??;
            }
        }
    }
}

fn is_of(message: &Msg, name: &str) -> bool {
    message.get_payload_bytes() == name.as_bytes()
}
