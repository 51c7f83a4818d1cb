//! The configuration of the HTTP server.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};

use super::addresses::origin;
use super::{ConfigurationError, Environment};

const DEFAULT_SHUTDOWN: Duration = Duration::from_secs(30);
const LONGEST_SHUTDOWN: u64 = 3_600;
/// The maximum that actix supports.
const MOST_WORKERS: usize = 512;
const DEFAULT_CONNECTIONS: usize = 16_384;
const MOST_CONNECTIONS: usize = 1_000_000;

/// The common prefix of IPv4-mapped addresses: `::ffff:0:0/96` (RFC 4291, section 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// The configuration of the HTTP server.
#[derive(Debug, Clone)]
pub struct ServerConfiguration {
    /// The number of worker threads.
    pub workers: usize,
    /// The maximum number of open client connections.
    pub max_connections: usize,
    /// The time that requests in progress have when Privet stops.
    pub shutdown: Duration,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The origins whose scripts may use the answers.
    pub cors_origins: Vec<String>,
}

/// The cores that this process may use.
pub fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

impl ServerConfiguration {
    /// Reads everything about the server.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let workers = environment.parsed(
            "PRIVET_WORKERS",
            "a number of HTTP workers from 1 to 512",
            |text| {
                text.parse()
                    .ok()
                    .filter(|workers| (1..=MOST_WORKERS).contains(workers))
            },
        )?;
        let max_connections = environment.parsed(
            "PRIVET_MAX_CONNECTIONS",
            "a number of connections from 1 to 1000000",
            |text| {
                text.parse()
                    .ok()
                    .filter(|connections| (1..=MOST_CONNECTIONS).contains(connections))
            },
        )?;
        let shutdown = environment.parsed(
            "PRIVET_SHUTDOWN_SECONDS",
            "a number of seconds up to 3600",
            |text| {
                text.parse()
                    .ok()
                    .filter(|seconds| *seconds <= LONGEST_SHUTDOWN)
            },
        )?;
        Ok(Self {
            workers: workers.unwrap_or_else(|| cores().min(MOST_WORKERS)),
            max_connections: max_connections.unwrap_or(DEFAULT_CONNECTIONS),
            shutdown: shutdown.map_or(DEFAULT_SHUTDOWN, Duration::from_secs),
            trusted_proxies: environment.list(
                "PRIVET_TRUSTED_PROXIES",
                "addresses or CIDR blocks separated by commas, such as 10.0.0.0/8,fd00::1",
                address_or_block,
            )?,
            cors_origins: environment.list(
                "PRIVET_CORS_ORIGINS",
                "origins separated by commas, such as https://app.example.com",
                origin,
            )?,
        })
    }
}

fn address_or_block(text: &str) -> Option<IpNet> {
    let block = text.parse().ok();
    let block = block.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    block.map(canonical)
}

/// Converts IPv4-mapped IPv6 addresses and blocks to IPv4: addresses are compared in that form.
fn canonical(block: IpNet) -> IpNet {
    let IpNet::V6(mapped) = block else {
        return block;
    };
    let address = mapped.addr().to_ipv4_mapped();
    let length = mapped.prefix_len().checked_sub(MAPPED_PREFIX);
    let in_ipv4 = address
        .zip(length)
        .map(|(address, length)| Ipv4Net::new(address, length));
    in_ipv4.and_then(Result::ok).map_or(block, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<ServerConfiguration, ConfigurationError> {
        ServerConfiguration::read(&Environment::of(variables))
    }

    #[test]
    fn a_proxy_is_an_address_or_a_block_of_them() {
        let configuration = read(&[("PRIVET_TRUSTED_PROXIES", "10.0.0.0/8, fd00::1")]).unwrap();
        let blocks: Vec<String> = configuration
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(blocks, ["10.0.0.0/8", "fd00::1/128"]);
    }

    #[test]
    fn ipv4_mapped_proxies_are_ipv4_proxies() {
        let proxies =
            "::ffff:192.0.2.1, ::ffff:10.0.0.0/104, ::ffff:0:0/96, ::ffff:192.0.2.2/128, ::/0";
        let configuration = read(&[("PRIVET_TRUSTED_PROXIES", proxies)]).unwrap();
        let blocks = configuration
            .trusted_proxies
            .iter()
            .map(ToString::to_string);
        let blocks: Vec<_> = blocks.collect();
        assert_eq!(
            blocks,
            [
                "192.0.2.1/32",
                "10.0.0.0/8",
                "0.0.0.0/0",
                "192.0.2.2/32",
                "::/0"
            ]
        );
    }

    #[test]
    fn nobody_is_trusted_and_no_origin_let_in_unasked() {
        let configuration = read(&[]).unwrap();
        assert!(configuration.trusted_proxies.is_empty() && configuration.cors_origins.is_empty());
        assert!(configuration.workers >= 1);
        assert_eq!(configuration.max_connections, 16_384);
        assert_eq!(configuration.shutdown, Duration::from_secs(30));
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for (name, value) in [
            ("PRIVET_WORKERS", "0"),
            ("PRIVET_WORKERS", "513"),
            ("PRIVET_WORKERS", "auto"),
            ("PRIVET_MAX_CONNECTIONS", "0"),
            ("PRIVET_MAX_CONNECTIONS", "1000001"),
            ("PRIVET_SHUTDOWN_SECONDS", "soon"),
            ("PRIVET_TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal"),
            ("PRIVET_CORS_ORIGINS", "*"),
            ("PRIVET_CORS_ORIGINS", "https://app.example.com/path"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
}
