//! A proxy between the store and PostgreSQL that can be cut, stalled and opened again.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What the proxy does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Stalled,
    Cut,
}

/// Forwards connections. Dropping it closes them. It keeps its port all the time, because another process could take a
/// released port.
pub struct Proxy {
    pub address: SocketAddr,
    state: watch::Sender<State>,
    server: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens on any port and forwards to `target`.
    pub async fn start(target: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (state, states) = watch::channel(State::Open);
        Self {
            address: listener.local_addr().unwrap(),
            state,
            server: tokio::spawn(serve(listener, target, states)),
        }
    }

    /// Lets everything through.
    pub fn open(&self) {
        self.state.send_replace(State::Open);
    }

    /// Keeps connections open, and forwards nothing.
    pub fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// Closes every connection, and closes new ones at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, target: String, state: watch::Receiver<State>) {
    // Aborting this task drops the set, which closes every connection.
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (target, state) = (target.clone(), state.clone());
        connections.spawn(async move {
            let mut cut = state.clone();
            tokio::select! {
                biased;
                _ = cut.wait_for(|state| *state == State::Cut) => {}
                () = carry(client, target, state) => {}
            }
        });
    }
}

async fn carry(mut client: TcpStream, target: String, state: watch::Receiver<State>) {
    let mut server = TcpStream::connect(&target).await.unwrap();
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    // If one side closes, both directions end.
    tokio::select! {
        () = forward(from_client, to_server, state.clone()) => {}
        () = forward(from_server, to_client, state) => {}
    }
}

async fn forward(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut state: watch::Receiver<State>,
) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if state.wait_for(|state| *state == State::Open).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
