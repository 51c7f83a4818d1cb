//! Reads a key set from its file or URL, with limits on time and size.

use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use privet_http::identity::{KeySet, LONGEST_SET};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, StatusCode, Url};

use crate::configuration::keys::jwks::{JWKS, JwksLocation};

const SLOWEST_CONNECTION: Duration = Duration::from_secs(3);
/// From the first byte sent to the last one received.
const SLOWEST_ANSWER: Duration = Duration::from_secs(5);
/// RFC 7517, section 8.5; and what most servers send.
const MEDIA_TYPES: &str = "application/jwk-set+json, application/json";

/// The source of a key set.
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A URL, with its client.
    Url(Client, Url),
}

impl Source {
    /// Warns if the keys are fetched without authentication of the server.
    pub fn new(location: &JwksLocation) -> anyhow::Result<Self> {
        match location {
            JwksLocation::File(path) => Ok(Self::File(path.clone())),
            JwksLocation::Url(url) => {
                let url = url.reveal();
                if url.scheme() == "http" && !is_on_this_machine(url) {
                    tracing::warn!(
                        "{JWKS} is an http:// URL: others on the network can replace the keys"
                    );
                }
                let client = client(url.scheme() == "https");
                let client =
                    client.with_context(|| format!("cannot make an HTTP client for {JWKS}"))?;
                Ok(Self::Url(client, url.clone()))
            }
        }
    }

    /// Reads the set. Errors never contain the URL or the path.
    pub async fn read(&self) -> anyhow::Result<KeySet> {
        let document = match self {
            Self::File(path) => in_file(path).context("the file cannot be read")?,
            Self::Url(client, url) => fetch(client, url).await?,
        };
        KeySet::parse(&document).map_err(|error| anyhow!("it is {error}"))
    }
}

/// Redirects are not followed: they may lead from a trusted URL to an untrusted one.
fn client(with_tls: bool) -> reqwest::Result<Client> {
    let client = Client::builder()
        .user_agent(concat!("privet/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(SLOWEST_CONNECTION)
        .timeout(SLOWEST_ANSWER)
        .redirect(Policy::none())
        // The next request is minutes away.
        .pool_max_idle_per_host(0);
    if with_tls {
        client.https_only(true).build()
    } else {
        // A machine without certificate authorities can still work without TLS.
        client.tls_certs_only(Vec::<Certificate>::new()).build()
    }
}

fn is_on_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// One byte more than the maximum shows that a set is too large.
fn in_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut document = Vec::new();
    let limit = LONGEST_SET as u64 + 1;
    File::open(path)?.take(limit).read_to_end(&mut document)?;
    Ok(document)
}

async fn fetch(client: &Client, url: &Url) -> anyhow::Result<Vec<u8>> {
    let request = client.get(url.clone());
    let request = request.header(ACCEPT, HeaderValue::from_static(MEDIA_TYPES));
    let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = answer.status();
    if status.is_redirection() {
        bail!("it answers {status}, and redirects are not followed");
    }
    ensure!(status == StatusCode::OK, "it answers {status}");
    let mut document = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        document.extend_from_slice(&chunk);
        if document.len() > LONGEST_SET {
            break;
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, expected) in [
            ("http://localhost:8081/keys", true),
            ("http://127.0.0.1/keys", true),
            ("http://127.8.9.1/keys", true),
            ("http://[::1]:8081/keys", true),
            ("http://10.0.0.1/keys", false),
            ("http://localhost.example.com/keys", false),
            ("http://login.example.com/keys", false),
        ] {
            assert_eq!(is_on_this_machine(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
