//! A wire to PostgreSQL or Redis that can be cut, held and made slow.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::support::{Database, RedisServer};

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Slow(Duration),
    Held,
    Cut,
}

/// Stands between a server and what it needs: `Server::start_with(&database, &[("DATABASE_URL",
/// proxy.url())])`.
pub struct Proxy {
    url: String,
    upstream: watch::Sender<Upstream>,
    state: watch::Sender<State>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Before a PostgreSQL database, open.
    pub async fn before(database: &Database) -> Self {
        let (listener, port) = listen().await;
        let (upstream, url) = redirected(&database.url(), port);
        Self::between(listener, upstream, url)
    }

    /// Before a Redis server, open, whether it runs or not.
    pub async fn before_redis(redis: &RedisServer) -> Self {
        let (listener, port) = listen().await;
        let upstream = Upstream::Tcp(redis.address());
        Self::between(listener, upstream, format!("redis://127.0.0.1:{port}"))
    }

    /// Before the server at `host:port` of a pair, open: an address that moves.
    pub async fn before_address(address: String) -> Self {
        let (listener, port) = listen().await;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        Self::between(listener, Upstream::Tcp(address), url)
    }

    /// Leads new connections to the server at `host:port`.
    pub fn lead_to(&self, address: String) {
        self.upstream.send_replace(Upstream::Tcp(address));
    }

    fn between(listener: TcpListener, upstream: Upstream, url: String) -> Self {
        let (state, _) = watch::channel(State::Open);
        let states = state.clone();
        let (upstream, upstreams) = watch::channel(upstream);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let upstream = upstreams.borrow().clone();
                tokio::spawn(carry(client, upstream, states.subscribe()));
            }
        });
        Self {
            url,
            upstream,
            state,
            accepting,
        }
    }

    /// What to reach the other side by.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets everything through.
    pub fn open(&self) {
        self.state.send_replace(State::Open);
    }

    /// Ends all connections, and new ones at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets everything through, each piece so much later: a round trip takes twice as long longer.
    pub fn slow(&self, delay: Duration) {
        self.state.send_replace(State::Slow(delay));
    }

    /// Lets nothing through, on old connections and on new ones, and says nothing.
    pub fn hold(&self) {
        self.state.send_replace(State::Held);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

#[derive(Debug, Clone)]
enum Upstream {
    Tcp(String),
    Unix(PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Upstream {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Where a URL leads, and the same URL leading to a port of this machine.
fn redirected(url: &str, port: u16) -> (Upstream, String) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let (host, its_port) = host.rsplit_once(':').unwrap_or((host, "5432"));
    let folder = host.replace("%2F", "/");
    let upstream = if folder.starts_with('/') {
        Upstream::Unix(format!("{folder}/.s.PGSQL.{its_port}").into())
    } else {
        Upstream::Tcp(format!("{host}:{its_port}"))
    };
    (
        upstream,
        format!("{scheme}://{user}127.0.0.1:{port}/{path}"),
    )
}

async fn carry(mut client: TcpStream, upstream: Upstream, state: watch::Receiver<State>) {
    let mut cut = state.clone();
    let carrying = async {
        // Whoever hangs up at once is away.
        let Ok(server) = upstream.connect().await else {
            return;
        };
        let (from_server, to_server) = tokio::io::split(server);
        let (from_client, to_client) = client.split();
        // Whichever side hangs up first ends both ways.
        tokio::select! {
            () = pump(from_client, to_server, state.clone()) => {}
            () = pump(from_server, to_client, state) => {}
        }
    };
    tokio::select! {
        biased;
        _ = cut.wait_for(|state| *state == State::Cut) => {}
        () = carrying => {}
    }
}

/// Copies until either end is gone; bytes that come in while the wire is held go out afterwards.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
) {
    let mut buffer = [0; 8_192];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let passes = |state: &State| matches!(state, State::Open | State::Slow(_));
        let Ok(state) = state.wait_for(passes).await.map(|state| *state) else {
            return;
        };
        if let State::Slow(delay) = state {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
