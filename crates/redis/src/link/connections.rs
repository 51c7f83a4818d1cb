//! The connections of a session: one to a server, or one to each primary of a cluster.

use std::ops::RangeInclusive;

use futures_util::future::try_join_all;
use privet_application::shared_cache::epoch::CacheServer;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, RedisConnectionInfo, RedisError,
    RedisResult,
};

use crate::address::{Address, Kind};
use crate::row_format::FORMAT;

use super::SLOWEST_CONNECT;
use super::cluster::{self, Topology};

/// The value that is written when a session begins, and its lifetime in milliseconds.
const PROBE: (&str, u64) = ("privet:v1:probe", 1_000);

/// One connection for each server that holds rows. The servers of a session do not change.
#[derive(Clone)]
pub(super) struct Connections {
    nodes: Vec<Node>,
    topology: Option<Topology>,
}

#[derive(Clone)]
struct Node {
    slots: Vec<RangeInclusive<u16>>,
    connection: MultiplexedConnection,
}

impl Connections {
    /// Connects, and returns the identity of the server. As long as the identity is the same, removed data cannot
    /// reappear.
    pub async fn open(address: &Address) -> RedisResult<(CacheServer, Self)> {
        let (name, connections) = match &address.kind {
            Kind::Server => Self::to_server(address, address.servers.first().cloned()).await?,
            Kind::Sentinel { master, login } => {
                let primary = ask_sentinels(address, master, login).await?;
                Self::to_server(address, Some(primary)).await?
            }
            Kind::Cluster => Self::to_cluster(address).await?,
        };
        Ok((CacheServer::new(&format!("{FORMAT}:{name}")), connections))
    }

    async fn to_server(
        address: &Address,
        info: Option<ConnectionInfo>,
    ) -> RedisResult<(String, Self)> {
        let info = info.ok_or_else(|| failure("no server is given"))?;
        let (run, connection) = greet(&address.client(info)?).await?;
        let node = Node {
            slots: Vec::new(),
            connection,
        };
        let connections = Self {
            nodes: vec![node],
            topology: None,
        };
        Ok((run, connections))
    }

    async fn to_cluster(address: &Address) -> RedisResult<(String, Self)> {
        let mut last = failure("no server is given");
        for info in &address.servers {
            match Self::to_cluster_of(address, info).await {
                Ok(connected) => return Ok(connected),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Connects to the cluster of this server.
    async fn to_cluster_of(
        address: &Address,
        info: &ConnectionInfo,
    ) -> RedisResult<(String, Self)> {
        let mut asked = plain(&address.client(info.clone())?).await?;
        let topology = topology(&mut asked).await?;
        let (mut runs, mut nodes) = (Vec::new(), Vec::new());
        for primary in topology.primaries() {
            let host = primary.host.trim_matches(['[', ']']);
            let found = match host {
                "" => Some(info.clone()),
                host => address.found(info.redis_settings(), host, primary.port),
            };
            let found = found.ok_or_else(|| failure("no server is given"))?;
            let (run, connection) = greet(&address.client(found)?).await?;
            runs.push(run);
            nodes.push(Node {
                slots: primary.ranges().collect(),
                connection,
            });
        }
        let name = topology.name(&runs);
        let connections = Self {
            nodes,
            topology: Some(topology),
        };
        Ok((name, connections))
    }

    /// The connection to the server that has the key.
    pub fn of_key(&self, key: &str) -> Option<MultiplexedConnection> {
        if self.topology.is_none() {
            return self.nodes.first().map(|node| node.connection.clone());
        }
        let slot = cluster::slot(key);
        let has = |node: &&Node| node.slots.iter().any(|range| range.contains(&slot));
        let node = self.nodes.iter().find(has);
        node.map(|node| node.connection.clone())
    }

    /// Writes a value to each server. A full server or a replica answers reads, and only fails the first write. Without
    /// this probe the link would alternate between available and unavailable.
    pub async fn probe(&self) -> RedisResult<()> {
        let (name, lifetime) = PROBE;
        for node in &self.nodes {
            let key = if self.topology.is_none() {
                name.to_owned()
            } else {
                key_of(node, name)
            };
            let mut probe = redis::cmd("SET");
            probe.arg(key).arg("").arg("PX").arg(lifetime);
            probe
                .query_async::<()>(&mut node.connection.clone())
                .await?;
        }
        Ok(())
    }

    /// An error unless each server answers and, in a cluster, the primaries are unchanged.
    pub async fn check(&self) -> RedisResult<()> {
        let Some(known) = &self.topology else {
            return self.ping().await;
        };
        for node in &self.nodes {
            if topology(&mut node.connection.clone()).await? != *known {
                return Err(failure("the servers of the cluster changed"));
            }
        }
        Ok(())
    }

    /// An error unless each server answers. All are asked at once.
    pub async fn ping(&self) -> RedisResult<()> {
        let ping = async |node: &Node| {
            let mut connection = node.connection.clone();
            redis::cmd("PING").query_async(&mut connection).await
        };
        try_join_all(self.nodes.iter().map(ping))
            .await
            .map(|_: Vec<()>| ())
    }
}

/// A client of a server and a connection to it: the primary, or any server of a cluster, all of which get each message.
pub(super) async fn to_any(address: &Address) -> RedisResult<(Client, MultiplexedConnection)> {
    let servers = match &address.kind {
        Kind::Server | Kind::Cluster => address.servers.clone(),
        Kind::Sentinel { master, login } => vec![ask_sentinels(address, master, login).await?],
    };
    let mut last = failure("no server is given");
    for info in servers {
        let client = address.client(info)?;
        match plain(&client).await {
            Ok(connection) => return Ok((client, connection)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A key in a slot of this server. A server has at least one of some thousand slots, so that a few attempts find one.
fn key_of(node: &Node, name: &str) -> String {
    let key = |number: u32| format!("{name}:{number}");
    let is_there = |key: &String| {
        let slot = cluster::slot(key);
        node.slots.iter().any(|range| range.contains(&slot))
    };
    (0..=u32::from(u16::MAX))
        .map(key)
        .find(is_there)
        .unwrap_or_else(|| key(0))
}

/// The address of the primary, from the first Sentinel that answers. The write at the start of a session verifies
/// that it is still the primary.
async fn ask_sentinels(
    address: &Address,
    master: &str,
    login: &RedisConnectionInfo,
) -> RedisResult<ConnectionInfo> {
    let mut last = failure("no Sentinel is given");
    for sentinel in &address.servers {
        match ask_sentinel(&address.client(sentinel.clone())?, master).await {
            Ok(Some((host, port))) => {
                let found = address.found(login, &host, port);
                return found.ok_or_else(|| failure("no Sentinel is given"));
            }
            Ok(None) => last = failure("the Sentinel knows no primary of that name"),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn ask_sentinel(client: &Client, master: &str) -> RedisResult<Option<(String, u16)>> {
    let mut connection = plain(client).await?;
    let mut question = redis::cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(master);
    question.query_async(&mut connection).await
}

async fn topology(connection: &mut MultiplexedConnection) -> RedisResult<Topology> {
    let nodes: String = redis::cmd("CLUSTER")
        .arg("NODES")
        .query_async(connection)
        .await?;
    Topology::parse(&nodes)
}

/// A connection, with the `run_id` of its server.
async fn greet(client: &Client) -> RedisResult<(String, MultiplexedConnection)> {
    let mut connection = plain(client).await?;
    // A server that is loading its data answers `INFO`, and refuses all other commands.
    redis::cmd("PING")
        .query_async::<()>(&mut connection)
        .await?;
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut connection)
        .await?;
    let run_id = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    let run_id = run_id.ok_or_else(|| failure("the server has no run_id"))?;
    Ok((run_id.trim().to_owned(), connection))
}

async fn plain(client: &Client) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(SLOWEST_CONNECT))
        .set_response_timeout(Some(SLOWEST_CONNECT));
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

pub(super) fn failure(what: &'static str) -> RedisError {
    (ErrorKind::Client, what).into()
}
