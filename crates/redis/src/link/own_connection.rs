//! A connection for each thread that reads. What is asked through the session's one connection wakes up the thread
//! that owns it, and then that thread the one that asked.

use std::cell::RefCell;
use std::sync::Arc;

use redis::Client;
use redis::aio::MultiplexedConnection;

use super::{Session, connect};

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// A thread's own connection.
struct Own {
    /// Of which session it is.
    session: u64,
    /// `None` until it is made, and where it cannot be.
    connection: Option<MultiplexedConnection>,
}

/// This thread's own connection, or until it has one the session's.
pub(super) fn of_this_thread(client: &Client, session: &Arc<Session>) -> MultiplexedConnection {
    let own = OWN.with_borrow(|own| match own {
        Some(own) if own.session == session.number => Some(own.connection.clone()),
        _ => None,
    });
    let own = own.unwrap_or_else(|| {
        keep(session, None);
        tokio::spawn(make(client.clone(), Arc::clone(session)));
        None
    });
    own.unwrap_or_else(|| session.connection.clone())
}

/// Runs on the thread that asked for it, as each HTTP worker is a runtime of its own; elsewhere some other thread
/// gets the connection, which it can use as well.
async fn make(client: Client, session: Arc<Session>) {
    if let Ok((server, connection)) = connect(&client).await
        && server == session.server
    {
        keep(&session, Some(connection));
    }
}

fn keep(session: &Session, connection: Option<MultiplexedConnection>) {
    let session = session.number;
    OWN.set(Some(Own {
        session,
        connection,
    }));
}
