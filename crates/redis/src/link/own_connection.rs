//! A separate connection for each thread that reads. A request over the session's shared connection would first wake
//! the thread that owns it, which would then wake the requesting thread.

use std::cell::RefCell;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;

use crate::address::Address;

use super::Session;
use super::connections::Connections;

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// The connections of a thread.
struct Own {
    /// The session that they belong to.
    session: u64,
    /// `None` until they are opened, or if opening failed.
    connections: Option<Connections>,
}

/// This thread's connection to the server that has the key, or the session's connection until there is one.
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

/// Runs on the requesting thread if each HTTP worker has its own runtime. On a runtime with several threads, another
/// thread may get the connections, which also works.
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
