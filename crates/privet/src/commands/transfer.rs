//! What `privet import` and `privet export` share: the services over the configured database, without a server.

pub mod export;
pub mod import;
mod progress;

use std::sync::Arc;

use actix_web::rt;
use privet_application::accounts::receipts::ReceiptSigner;
use privet_application::catalogue::CurrentCatalogue;
use privet_application::{Caller, IdSource, Privet, Scopes};
use privet_domain::{RequestId, UserId};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::configuration::catalogue::CatalogueConfiguration;
use crate::configuration::database::DatabaseConfiguration;
use crate::configuration::log::LogConfiguration;
use crate::configuration::receipts::read_receipt_key;
use crate::configuration::{Environment, redis_url};
use crate::failure::Failure;
use crate::system_clock::SystemClock;
use crate::telemetry;
use crate::wiring::{self, Redis, Store};

use super::migrate;

/// The configuration of a transfer: that of serving, without keys for tokens.
pub struct TransferConfiguration {
    database: DatabaseConfiguration,
    catalogue: CatalogueConfiguration,
    redis: Option<Redis>,
    receipts: Option<Arc<dyn ReceiptSigner>>,
}

impl TransferConfiguration {
    /// Reads it, and starts the log.
    pub fn read(environment: &Environment) -> Result<(Self, impl Sized + use<>), Failure> {
        let redis = redis_url(environment)?.as_ref().map(Redis::new);
        let receipts = read_receipt_key(environment)?;
        let configuration = Self {
            database: DatabaseConfiguration::read(environment)?,
            catalogue: CatalogueConfiguration::read(environment)?,
            redis: redis.transpose()?,
            receipts: receipts.map(|key| Arc::new(key) as Arc<dyn ReceiptSigner>),
        };
        let log = telemetry::start(LogConfiguration::read(environment)?)?;
        Ok((configuration, log))
    }

    /// The services over the migrated database. Their tasks run as long as the result exists.
    pub async fn start(self) -> Result<Transfers, Failure> {
        let store = Store::open(&self.database, self.redis.as_ref())?;
        migrate::assert_taken(&store, &self.database).await?;
        migrate::once_reachable(&store, &self.database).await?;
        let catalogue = Arc::new(CurrentCatalogue::new(self.catalogue.catalogue));
        let privet = wiring::assemble(
            &store,
            self.redis.as_ref(),
            None,
            &catalogue,
            self.database.timeout,
            self.receipts,
        );
        let mut tasks = vec![rt::spawn(store.watch_cache())];
        if let Some(redis) = &self.redis {
            tasks.push(rt::spawn(redis.keep_connected()));
        }
        Ok(Transfers { privet, tasks })
    }
}

/// Who imports at the command line: no service asks, so that the nil UUID stands for the operator.
pub fn operator() -> Caller {
    Caller {
        user_id: UserId::from_uuid(Uuid::nil()),
        scopes: Scopes::default(),
        request_id: RequestId::from_uuid(SystemClock.new_id()),
    }
}

/// The services, and the tasks that they need.
pub struct Transfers {
    /// The services.
    pub privet: Privet,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Transfers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
