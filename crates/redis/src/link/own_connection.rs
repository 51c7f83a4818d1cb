//! A separate connection for each thread that sends commands. A command over the session's shared connection would first
//! wake the thread that owns it, which would then wake the requesting thread.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use tokio::time::{sleep, timeout};

use crate::address::Address;

use super::connections::Connections;
use super::{LONGEST_SILENCE, Session};

/// The interval at which a thread's connections are tested. Redis may close one that is not used (`timeout`), and a
/// firewall may forget it; the first command over it would end the session.
pub(super) const TEST_EVERY: Duration = Duration::from_secs(1);

thread_local! {
    static OWN: RefCell<Option<Arc<Own>>> = const { RefCell::new(None) };
}

/// The connections of a thread in one session.
struct Own {
    /// The number of the session.
    session: u64,
    /// Empty until they are open, and after one of them was lost.
    connections: ArcSwapOption<Connections>,
}

/// This thread's connection to the server that has the key, or the session's connection while there is none.
pub(super) fn of_this_thread(
    address: &Arc<Address>,
    session: &Arc<Session>,
    key: &str,
) -> Option<MultiplexedConnection> {
    let own = OWN.with_borrow_mut(|own| match own {
        Some(own) if own.session == session.number => Arc::clone(own),
        _ => Arc::clone(own.insert(begin(address, session))),
    });
    let connections = own.connections.load();
    let of_key = |connections: &Arc<Connections>| connections.of_key(key);
    connections
        .as_ref()
        .and_then(of_key)
        .or_else(|| session.connections.of_key(key))
}

fn begin(address: &Arc<Address>, session: &Arc<Session>) -> Arc<Own> {
    let own = Arc::new(Own {
        session: session.number,
        connections: ArcSwapOption::empty(),
    });
    let (address, session) = (Arc::clone(address), Arc::downgrade(session));
    tokio::spawn(keep_open(address, session, Arc::downgrade(&own)));
    own
}

/// Opens the connections of a thread, tests them, and opens others when one of them is lost. Ends with the session, and
/// when the thread uses another session or has ended.
async fn keep_open(address: Arc<Address>, session: Weak<Session>, own: Weak<Own>) {
    while test_or_open(&address, &session, &own).await.is_some() {
        sleep(TEST_EVERY).await;
    }
}

/// `None` if the connections are not needed any more.
async fn test_or_open(address: &Address, session: &Weak<Session>, own: &Weak<Own>) -> Option<()> {
    let own = own.upgrade()?;
    let Some(session) = session.upgrade() else {
        own.connections.store(None);
        return None;
    };
    if let Some(connections) = own.connections.load_full() {
        let test = timeout(LONGEST_SILENCE, connections.ping()).await;
        if matches!(test, Ok(Ok(()))) {
            return Some(());
        }
        own.connections.store(None);
    }
    if let Ok((server, connections)) = Connections::open(address).await
        && server == session.server
    {
        own.connections.store(Some(Arc::new(connections)));
    }
    Some(())
}
