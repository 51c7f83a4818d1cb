//! Data that changes while Privet serves: files that SIGHUP reloads, and the key set, which is also fetched
//! regularly and when a token names an unknown key.

use std::iter::once;

use crate::configuration::Environment;
use crate::keys::KeysInUse;
use crate::signals::{Reload, SighupStream, reload_all};

/// The one task that reloads data.
pub struct Maintenance {
    /// SIGHUPs.
    pub sighup: SighupStream,
    /// The keys: reloaded first, and refreshed in between.
    pub keys: KeysInUse,
    /// Other reloads, in this order.
    pub reloads: Vec<Box<dyn Reload>>,
}

impl Maintenance {
    /// Never returns.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                () = self.sighup.next() => self.reload().await,
                reason = self.keys.due() => self.keys.refresh(&reason).await,
            }
        }
    }

    async fn reload(&mut self) {
        let keys: &mut dyn Reload = &mut self.keys;
        let others = self.reloads.iter_mut();
        let others = others.map(|reload| &mut **reload as &mut dyn Reload);
        reload_all(once(keys).chain(others), &Environment::of_process()).await;
    }
}
