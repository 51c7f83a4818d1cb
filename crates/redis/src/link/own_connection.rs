//! Connections for each thread that reads. What is asked through the session's one connection wakes up the thread
//! that owns it, and then that thread the one that asked.

use std::cell::RefCell;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;

use crate::address::Address;

use super::Session;
use super::connections::Connections;

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// A thread's own connections.
struct Own {
    /// Of which session it is.
    session: u64,
    /// `None` until they are made, and where they cannot be.
    connections: Option<Connections>,
}

/// This thread's own connection to the server that has the key, or until it has one the session's.
pub(super) fn of_this_thread(
    address: &Arc<Address>,
    session: &Arc<Session>,
    key: &str,
) -> Option<MultiplexedConnection> {
    let of_key = |connections: &Connections| connections.of_key(key);
    let own = OWN.with_borrow(|own| match own {
        Some(own) if own.session == session.number => {
            Some(own.connections.as_ref().and_then(of_key))
        }
        _ => None,
    });
    let own = own.unwrap_or_else(|| {
        keep(session, None);
        tokio::spawn(make(Arc::clone(address), Arc::clone(session)));
        None
    });
    own.or_else(|| session.connections.of_key(key))
}

/// Runs on the thread that asked for it, as each HTTP worker is a runtime of its own; elsewhere some other thread
/// gets the connections, which it can use as well.
async fn make(address: Arc<Address>, session: Arc<Session>) {
    if let Ok((server, connections)) = Connections::open(&address).await
        && server == session.server
    {
        keep(&session, Some(connections));
    }
}

fn keep(session: &Session, connections: Option<Connections>) {
    let session = session.number;
    OWN.set(Some(Own {
        session,
        connections,
    }));
}
