//! Cached rows in Redis, one key each: `privet:<format>:<epoch>:user:{<id>}:settings`. A value is a row (`V`, its
//! revision in 16 hexadecimal digits, its bytes), a claim (`L` and 16 digits) or a fence (see `lua/fence.lua`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use privet_application::shared_cache::epoch::CacheServer;
use privet_application::shared_cache::rows::{Kept, RowKey, SharedRows, Unreachable};
use privet_domain::settings::user::User;
use redis::Script;

use crate::link::{CommandKind, RedisLink};
use crate::row_format::{self, FORMAT};

/// A read of the store takes less time. A claim can outlive the process that made it.
const CLAIM_LIFETIME: Duration = Duration::from_secs(10);
/// Changes take less time, except the erasure of very many relationships, in which each statement may take ten minutes.
/// A change that lasts longer than its fence removes rows that were cached in between, before it is acknowledged.
const FENCE_LIFETIME: Duration = Duration::from_mins(15);
/// `V` and the revision.
const ROW_HEAD: usize = 17;

/// Rows in Redis. Each takes about 400 bytes.
pub struct RedisRows {
    link: Arc<RedisLink>,
    lifetime: Duration,
    fill: Script,
    fence: Script,
    lift: Script,
}

impl RedisRows {
    /// Keeps each row for at most `lifetime`.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, lifetime: Duration) -> Self {
        Self {
            link,
            lifetime,
            fill: Script::new(include_str!("lua/fill.lua")),
            fence: Script::new(include_str!("lua/fence.lua")),
            lift: Script::new(include_str!("lua/lift.lua")),
        }
    }
}

fn key(row_key: RowKey) -> String {
    format!(
        "privet:{FORMAT}:{}:user:{{{}}}:settings",
        row_key.epoch, row_key.user_id
    )
}

fn claim_value(claim: u64) -> String {
    format!("L{claim:016x}")
}

fn row_value(row: &User) -> Vec<u8> {
    let mut value = format!("V{:016x}", row.revision.get()).into_bytes();
    value.extend(row_format::encode(row));
    value
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl SharedRows for RedisRows {
    fn server(&self) -> Option<CacheServer> {
        self.link.server()
    }

    async fn read(&self, row_key: RowKey) -> Result<Kept, Unreachable> {
        let key = key(row_key);
        let command = redis::cmd("GET").arg(&key).take();
        let value: Option<Vec<u8>> = self.link.ask(CommandKind::Read, &key, &command).await?;
        let Some(value) = value else {
            return Ok(Kept::Nothing);
        };
        let row = match (value.first(), value.get(ROW_HEAD..)) {
            (Some(b'V'), Some(bytes)) => row_format::decode(row_key.user_id, bytes),
            _ => None,
        };
        Ok(row.map_or(Kept::Taken, |row| Kept::Row(Arc::new(row))))
    }

    async fn claim(&self, row_key: RowKey, claim: u64) -> Result<bool, Unreachable> {
        let key = key(row_key);
        let command = redis::cmd("SET")
            .arg(&key)
            .arg(claim_value(claim))
            .arg("NX")
            .arg("PX")
            .arg(milliseconds(CLAIM_LIFETIME))
            .take();
        let answer: Option<String> = self.link.ask(CommandKind::Read, &key, &command).await?;
        Ok(answer.is_some())
    }

    async fn fill(&self, row_key: RowKey, claim: u64, row: &User) -> Result<(), Unreachable> {
        let key = key(row_key);
        let mut call = self.fill.key(&key);
        call.arg(claim_value(claim))
            .arg(row_value(row))
            .arg(milliseconds(self.lifetime));
        self.link.run(CommandKind::Read, &key, &call).await
    }

    async fn fence(&self, row_key: RowKey, fence: u64) -> Result<u64, Unreachable> {
        let key = key(row_key);
        let mut call = self.fence.key(&key);
        call.arg(format!("{fence:016x}"))
            .arg(milliseconds(FENCE_LIFETIME));
        let name: String = self.link.run(CommandKind::Change, &key, &call).await?;
        u64::from_str_radix(&name, 16).map_err(|_| Unreachable)
    }

    async fn lift(
        &self,
        row_key: RowKey,
        fence: u64,
        row: Option<&User>,
    ) -> Result<(), Unreachable> {
        let key = key(row_key);
        let mut call = self.lift.key(&key);
        call.arg(format!("{fence:016x}"))
            .arg(row.map(row_value).unwrap_or_default())
            .arg(milliseconds(self.lifetime));
        self.link.run(CommandKind::Change, &key, &call).await
    }
}

#[cfg(test)]
mod tests {
    use privet_domain::UserId;
    use uuid::Uuid;

    use super::*;

    /// Another user, epoch or format has another key.
    #[test]
    fn a_row_is_kept_under_its_format_its_epoch_and_its_user() {
        let row_key = RowKey {
            epoch: Uuid::from_u128(1),
            user_id: UserId::from_uuid(Uuid::from_u128(2)),
        };
        let epoch = "00000000-0000-0000-0000-000000000001";
        let user = "00000000-0000-0000-0000-000000000002";
        let expected = format!("privet:{FORMAT}:{epoch}:user:{{{user}}}:settings");
        assert_eq!(key(row_key), expected);
    }
}
