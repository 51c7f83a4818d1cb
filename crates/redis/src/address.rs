//! Parses `REDIS_URL`: one server, Sentinels, or servers of a cluster.
//!
//! The `redis` crate parses the URL of one server; this file handles the rest.

#[cfg(test)]
mod tests;

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    RedisConnectionInfo, RedisResult, TlsCertificates, parse_redis_url,
};

/// `REDIS_URL` is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// It is not an address of Redis.
    #[error("not a Redis URL")]
    NotAnAddress,
    /// A certificate or key file is invalid.
    #[error("{0}")]
    Certificates(String),
}

/// The address of Redis, and how to connect.
#[derive(Clone)]
pub(crate) struct Address {
    pub kind: Kind,
    /// The servers to contact first, in the order of the URL.
    pub servers: Vec<ConnectionInfo>,
    certificates: Option<TlsCertificates>,
}

/// The kind of servers.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// One server, or an address that leads to one.
    Server,
    /// Sentinels, which know the address of the primary with this name.
    Sentinel {
        /// The name of the primary.
        master: String,
        /// The login of the primary.
        login: RedisConnectionInfo,
    },
    /// The primaries of a cluster.
    Cluster,
}

/// The parts of a URL whose host may be a list.
struct Parts<'a> {
    scheme: &'a str,
    /// With `@` at its end, or empty.
    credentials: &'a str,
    hosts: &'a str,
    /// Path and parameters.
    rest: &'a str,
}

/// The file with the key of the client certificate.
#[must_use]
pub fn key_file(url: &str) -> Option<String> {
    let parts = Parts::of(url).ok()?;
    let parameters = Parameters::of(&format!("redis://host{}", parts.rest)).ok()?;
    parameters.key_file
}

impl Address {
    /// Parses the URL and reads its files.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let parts = Parts::of(url)?;
        let (scheme, group) = match parts.scheme {
            "redis-sentinel" => ("redis", Some(true)),
            "rediss-sentinel" => ("rediss", Some(true)),
            "redis-cluster" => ("redis", Some(false)),
            "rediss-cluster" => ("rediss", Some(false)),
            scheme => (scheme, None),
        };
        let hosts: Vec<_> = match group {
            Some(_) => parts.hosts.split(',').collect(),
            None if parts.hosts.contains(',') => return Err(InvalidUrl::NotAnAddress),
            None => vec![parts.hosts],
        };
        let mut servers = Vec::new();
        for host in hosts {
            let url = format!("{scheme}://{}{host}{}", parts.credentials, parts.rest);
            servers.push(server(&url, group)?);
        }
        let parameters = Parameters::of(&format!("redis://host{}", parts.rest))?;
        let certificates = parameters.certificates()?;
        let is_tls = |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if certificates.is_some() && !servers.iter().all(is_tls) {
            return Err(InvalidUrl::NotAnAddress);
        }
        let kind = kind(group, &mut servers, parameters)?;
        let address = Self {
            kind,
            servers,
            certificates,
        };
        address.try_certificates()?;
        Ok(address)
    }

    /// A client for one of the servers.
    pub fn client(&self, info: ConnectionInfo) -> RedisResult<Client> {
        match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
            None => Client::open(info),
        }
    }

    /// The same for a server that was found at this address.
    pub fn found(
        &self,
        login: &RedisConnectionInfo,
        host: &str,
        port: u16,
    ) -> Option<ConnectionInfo> {
        let like = self.servers.first()?;
        let host = host.to_owned();
        let place = match like.addr() {
            ConnectionAddr::TcpTls { .. } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        Some(
            like.clone()
                .set_addr(place)
                .set_redis_settings(login.clone()),
        )
    }

    fn try_certificates(&self) -> Result<(), InvalidUrl> {
        for info in self.servers.iter().take(1) {
            self.client(info.clone())
                .map_err(|error| InvalidUrl::Certificates(error.to_string()))?;
        }
        Ok(())
    }
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidUrl::NotAnAddress)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let hosts = authority
            .rsplit_once('@')
            .map_or(authority, |(_, hosts)| hosts);
        let (credentials, hosts) = authority.split_at(authority.len() - hosts.len());
        Ok(Self {
            scheme,
            credentials,
            hosts,
            rest,
        })
    }
}

/// One server, as the `redis` crate parses its URL.
fn server(url: &str, group: Option<bool>) -> Result<ConnectionInfo, InvalidUrl> {
    let parsed = parse_redis_url(url).ok_or(InvalidUrl::NotAnAddress)?;
    // `#insecure` would disable the checks of TLS.
    if parsed.fragment().is_some() || (group.is_some() && parsed.host().is_none()) {
        return Err(InvalidUrl::NotAnAddress);
    }
    let default_port = match group {
        Some(true) if parsed.port().is_none() => Some(26_379),
        _ => None,
    };
    let info = parsed.into_connection_info();
    let info = info.map_err(|_| InvalidUrl::NotAnAddress)?;
    Ok(match (default_port, info.addr().clone()) {
        (Some(port), ConnectionAddr::Tcp(host, _)) => {
            info.set_addr(ConnectionAddr::Tcp(host, port))
        }
        (
            Some(port),
            ConnectionAddr::TcpTls {
                host,
                insecure,
                tls_params,
                ..
            },
        ) => info.set_addr(ConnectionAddr::TcpTls {
            host,
            port,
            insecure,
            tls_params,
        }),
        _ => info,
    })
}

fn kind(
    group: Option<bool>,
    servers: &mut [ConnectionInfo],
    parameters: Parameters,
) -> Result<Kind, InvalidUrl> {
    let login = servers.first().map(|info| info.redis_settings().clone());
    match (group, login, parameters.master) {
        (None, _, None) => Ok(Kind::Server),
        // A cluster has only one database.
        (Some(false), Some(login), None) if login.db() == 0 => Ok(Kind::Cluster),
        (Some(true), Some(login), Some(master)) => {
            for info in servers {
                *info = info
                    .clone()
                    .set_redis_settings(parameters.sentinel_login.clone());
            }
            Ok(Kind::Sentinel { master, login })
        }
        _ => Err(InvalidUrl::NotAnAddress),
    }
}

/// The parameters after `?`.
#[derive(Default)]
struct Parameters {
    master: Option<String>,
    sentinel_login: RedisConnectionInfo,
    ca_file: Option<String>,
    cert_file: Option<String>,
    key_file: Option<String>,
}

impl Parameters {
    fn of(url: &str) -> Result<Self, InvalidUrl> {
        let url = parse_redis_url(url).ok_or(InvalidUrl::NotAnAddress)?;
        let mut found = Self::default();
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            let login = found.sentinel_login.clone();
            match name.as_ref() {
                "master" => found.master = Some(value),
                "sentinel_user" => found.sentinel_login = login.set_username(value),
                "sentinel_password" => found.sentinel_login = login.set_password(value),
                "ca_file" => found.ca_file = Some(value),
                "cert_file" => found.cert_file = Some(value),
                "key_file" => found.key_file = Some(value),
                // The parameters of the `redis` crate.
                "protocol" | "db" | "user" | "pass" => {}
                _ => return Err(InvalidUrl::NotAnAddress),
            }
        }
        Ok(found)
    }

    fn certificates(&self) -> Result<Option<TlsCertificates>, InvalidUrl> {
        let root_cert = self.ca_file.as_deref().map(read).transpose()?;
        let client_tls = match (&self.cert_file, &self.key_file) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(ClientTlsConfig {
                client_cert: read(certificate)?,
                client_key: read(key)?,
            }),
            _ => {
                let cause = "cert_file and key_file are given together";
                return Err(InvalidUrl::Certificates(cause.to_owned()));
            }
        };
        let is_any = root_cert.is_some() || client_tls.is_some();
        Ok(is_any.then_some(TlsCertificates {
            client_tls,
            root_cert,
        }))
    }
}

fn read(file: &str) -> Result<Vec<u8>, InvalidUrl> {
    std::fs::read(file)
        .map_err(|error| InvalidUrl::Certificates(format!("{file} cannot be read: {error}")))
}
