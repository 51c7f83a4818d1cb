//! The sockets of `privet serve`.

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use tokio::net::TcpSocket;

use crate::configuration::addresses::Addresses;

/// The maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A socket and its address: with port 0 the system chose the port.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

/// All sockets.
pub struct Listeners {
    /// The socket of the API.
    pub api: Listener,
    /// The socket of the metrics, if they have a separate address.
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

/// Listens on the address in `variable`.
fn listen(address: SocketAddr, variable: &str) -> anyhow::Result<Listener> {
    let listener = try_listen(address);
    listener.with_context(|| format!("cannot listen on {address} ({variable})"))
}

fn try_listen(address: SocketAddr) -> io::Result<Listener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // After a restart, connections of the previous process may still occupy the port for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let socket = socket.listen(BACKLOG)?.into_std()?;
    let address = socket.local_addr()?;
    Ok(Listener { socket, address })
}
