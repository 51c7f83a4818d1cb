//! Stands between the store and PostgreSQL, and can be cut, stalled and put back.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Forwards connections until it is dropped, which closes them.
pub struct Proxy {
    pub address: SocketAddr,
    is_stalled: watch::Sender<bool>,
    server: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens on `address`, port 0 for any, and forwards to `target`.
    pub async fn start(address: SocketAddr, target: String) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let (is_stalled, stalled) = watch::channel(false);
        Self {
            address: listener.local_addr().unwrap(),
            is_stalled,
            server: tokio::spawn(serve(listener, target, stalled)),
        }
    }

    /// While stalled, connections stand but nothing passes.
    pub fn stall(&self, is_stalled: bool) {
        self.is_stalled.send_replace(is_stalled);
    }

    /// Closes every connection and the port.
    pub async fn stop(self) -> SocketAddr {
        self.server.abort();
        let Self {
            address, server, ..
        } = self;
        assert!(server.await.unwrap_err().is_cancelled());
        address
    }
}

async fn serve(listener: TcpListener, target: String, stalled: watch::Receiver<bool>) {
    // Dropped, and with it every connection, when this is aborted.
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (from_client, to_client) = client.into_split();
        let server = TcpStream::connect(&target).await.unwrap();
        let (from_server, to_server) = server.into_split();
        connections.spawn(forward(from_client, to_server, stalled.clone()));
        connections.spawn(forward(from_server, to_client, stalled.clone()));
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut stalled: watch::Receiver<bool>,
) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if stalled.wait_for(|is_stalled| !is_stalled).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
