//! The listening addresses, and the URL that clients use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::http::Uri;

use super::{ConfigurationError, Environment};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The listening addresses, and the URL that clients use.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The address to bind; with port 0 the system chooses one.
    pub listen: SocketAddr,
    /// The separate address of the metrics; port 0 as above.
    pub metrics: Option<SocketAddr>,
    public_url: Option<String>,
}

impl Addresses {
    /// Reads all of them.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let address = |name, takes| environment.parsed(name, takes, |text| text.parse().ok());
        let listen = address(
            "PRIVET_LISTEN",
            "an IP address and a port, such as 127.0.0.1:8080 or [::]:8080",
        )?;
        let metrics = address(
            "PRIVET_METRICS_ADDR",
            "an IP address and a port, such as 127.0.0.1:9464 or [::]:9464",
        )?;
        let public_url = environment.parsed(
            "PRIVET_PUBLIC_URL",
            "http:// or https:// with a host and nothing behind it, such as https://privet.example.com",
            origin,
        )?;
        Ok(Self {
            listen: listen.unwrap_or(DEFAULT_LISTEN),
            metrics,
            public_url,
        })
    }

    /// Whether the URL is configured.
    pub fn has_public_url(&self) -> bool {
        self.public_url.is_some()
    }

    /// The base URL of clients, without a slash at the end; `bound` is the listening address.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        let fallback = || format!("http://{}", reachable(bound));
        self.public_url.clone().unwrap_or_else(fallback)
    }
}

/// The address by which a client on this machine reaches a server that listens on `address`.
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// The origin in `text` (RFC 6454) as browsers send it: in lower case, without the default port. A slash at the
/// end is ignored.
pub(super) fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let uri: Uri = text.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains(['@', ';']))?;
    // `Uri` does not distinguish a missing path from `/`, nor a missing from an empty fragment.
    let whole = format!("{scheme}://{authority}");
    let host = authority.host();
    if host.is_empty() || !whole.eq_ignore_ascii_case(text) {
        return None;
    }
    let port = match (scheme, authority.port_u16()) {
        ("http", Some(80)) | ("https", Some(443)) => String::new(),
        (_, Some(port)) => format!(":{port}"),
        (_, None) if host == authority.as_str() => String::new(),
        (_, None) => return None,
    };
    Some(format!("{scheme}://{host}{port}").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Addresses, ConfigurationError> {
        Addresses::read(&Environment::of(variables))
    }

    #[test]
    fn it_listens_on_the_loopback_by_default() {
        assert_eq!(read(&[]).unwrap().listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn the_public_url_defaults_to_the_address_that_was_really_bound() {
        let addresses = read(&[("PRIVET_LISTEN", "127.0.0.1:0")]).unwrap();
        let bound = "127.0.0.1:41234".parse().unwrap();
        assert_eq!(addresses.public_url(bound), "http://127.0.0.1:41234");
    }

    #[test]
    fn every_address_is_no_address_for_a_client() {
        let url = |listen: &str| read(&[]).unwrap().public_url(listen.parse().unwrap());
        assert_eq!(url("0.0.0.0:80"), "http://127.0.0.1:80");
        assert_eq!(url("[::]:80"), "http://[::1]:80");
    }

    #[test]
    fn an_address_needs_a_port() {
        for text in ["127.0.0.1", "localhost:8080", ":8080", "127.0.0.1:70000"] {
            assert!(read(&[("PRIVET_LISTEN", text)]).is_err(), "{text}");
            assert!(read(&[("PRIVET_METRICS_ADDR", text)]).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_taken_with_or_without_its_slash() {
        for text in ["https://privet.example.com", "HTTPS://Privet.example.com/"] {
            assert_eq!(origin(text).unwrap(), "https://privet.example.com");
        }
        assert_eq!(origin("http://[::1]:8080").unwrap(), "http://[::1]:8080");
    }

    #[test]
    fn the_port_that_browsers_leave_out_is_left_out() {
        for (text, expected) in [
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80/", "http://app.example.com"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://app.example.com:80", "https://app.example.com:80"),
            ("http://app.example.com:443", "http://app.example.com:443"),
            (
                "http://app.example.com:08080",
                "http://app.example.com:8080",
            ),
        ] {
            assert_eq!(origin(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_behind_the_host_is_refused() {
        for text in [
            "privet.example.com",
            "ftp://example.com",
            "http://",
            "http://example.com:",
            "http://example.com:99999",
            "http://example.com/privet",
            "http://example.com//",
            "http://example.com?x",
            "http://example.com#x",
            "http://me:secret@example.com",
            "http://a.example.com;b.example.com",
            "*",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }
}
