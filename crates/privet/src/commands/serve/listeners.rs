//! The sockets that `privet serve` listens on.

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use tokio::net::TcpSocket;

use crate::configuration::addresses::Addresses;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A socket, and the address that it has: with port 0 the system chose the port.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

/// All sockets.
pub struct Listeners {
    /// Where the API is served.
    pub api: Listener,
    /// Where the metrics are served, if not with the API.
    pub metrics: Option<Listener>,
}

impl Listeners {
    /// Listens on the configured addresses.
    pub fn bind(addresses: &Addresses) -> anyhow::Result<Self> {
        let metrics = |address| listen(address, "PRIVET_METRICS_ADDR");
        Ok(Self {
            api: listen(addresses.listen, "PRIVET_LISTEN")?,
            metrics: addresses.metrics.map(metrics).transpose()?,
        })
    }
}

/// Listens on the address that `variable` holds.
fn listen(address: SocketAddr, variable: &str) -> anyhow::Result<Listener> {
    let listener = try_listen(address);
    listener.with_context(|| format!("cannot listen on {address} ({variable})"))
}

fn try_listen(address: SocketAddr) -> io::Result<Listener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // After a restart, connections of the last run may still hold the port for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let socket = socket.listen(BACKLOG)?.into_std()?;
    let address = socket.local_addr()?;
    Ok(Listener { socket, address })
}
