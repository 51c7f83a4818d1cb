//! The client's address, for counting failed authentication.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::dev::ServiceRequest;
use ipnet::IpNet;
use privet_application::rate_limits::ClientNetwork;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The network of the client's address. Requests without a peer are counted together.
#[must_use]
pub fn network_of(request: &ServiceRequest, trusted_proxies: &[IpNet]) -> ClientNetwork {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    of(request, trusted_proxies).unwrap_or(unknown).into()
}

/// The client's address: the peer's, or behind configured proxies the nearest address in `X-Forwarded-For` that is
/// not one of them. Entries further left come from the client.
fn of(request: &ServiceRequest, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = |address: &IpAddr| trusted_proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(&peer) {
        return Some(peer);
    }
    let lines: Vec<_> = request.headers().get_all(X_FORWARDED_FOR).collect();
    let hops = lines
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let mut nearest = peer;
    for hop in hops.map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty()) {
        // If an entry is invalid, the origin of the entries before it is unknown.
        let Some(address) = address_of(hop) else {
            break;
        };
        nearest = address.to_canonical();
        if !trusted(&nearest) {
            break;
        }
    }
    Some(nearest)
}

/// Whether the request has `X-Forwarded-For`, but its peer is not a configured proxy.
#[must_use]
pub fn is_forwarded_by_a_stranger(request: &ServiceRequest, trusted_proxies: &[IpNet]) -> bool {
    let is_trusted = |peer: SocketAddr| {
        let peer = peer.ip().to_canonical();
        trusted_proxies.iter().any(|proxy| proxy.contains(&peer))
    };
    request.headers().contains_key(X_FORWARDED_FOR) && !request.peer_addr().is_some_and(is_trusted)
}

/// The address of an entry: `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`, with or without a port, IPv6 with or
/// without a zone (RFC 4007). Port, brackets and zone are removed.
fn address_of(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?;
    if let Some(bracketed) = entry.strip_prefix('[') {
        let (address, after) = bracketed.split_once(']')?;
        let is_whole = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        return ipv6(address).filter(|_| is_whole);
    }
    match entry.split_once(':') {
        Some((address, port)) if !port.contains(':') => {
            let address = address.parse().ok().map(IpAddr::V4);
            address.filter(|_| is_port(port))
        }
        Some(_) => ipv6(entry),
        None => entry.parse().ok().map(IpAddr::V4),
    }
}

fn ipv6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _)) => address,
        None => text,
    };
    address.parse().ok().map(IpAddr::V6)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let lines: Vec<&[u8]> = forwarded.iter().map(|line| line.as_bytes()).collect();
        client_of_bytes(peer, &lines)
    }

    fn client_of_bytes(peer: &str, forwarded: &[&[u8]]) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1234").parse().unwrap());
        for line in forwarded {
            let value = HeaderValue::from_bytes(line).unwrap();
            request = request.append_header(("x-forwarded-for", value));
        }
        of(&request.to_srv_request(), &proxies).unwrap().to_string()
    }

    #[test]
    fn what_a_stranger_forwards_does_not_count() {
        assert_eq!(client("192.0.2.7", &["203.0.113.9"]), "192.0.2.7");
    }

    #[test]
    fn behind_proxies_the_nearest_address_that_is_none_of_them_counts() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1, 203.0.113.9, 10.2.3.4"]),
            "203.0.113.9"
        );
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1", "203.0.113.9"]),
            "203.0.113.9"
        );
        assert_eq!(client("[::1]", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn a_forwarded_line_that_is_no_address_ends_the_search() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn port_brackets_and_zone_are_no_part_of_an_address() {
        for (entry, address) in [
            ("203.0.113.9:56789", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:8080", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ] {
            assert_eq!(client("10.0.0.1", &[entry]), address, "{entry}");
            let behind_a_proxy = format!("198.51.100.1, {entry}\t, [::ffff:10.2.3.4]:80");
            assert_eq!(client("10.0.0.1", &[&behind_a_proxy]), address, "{entry}");
        }
    }

    #[test]
    fn empty_entries_count_for_nothing() {
        for line in [
            "203.0.113.9,",
            ", 203.0.113.9 , ,",
            "198.51.100.1,,203.0.113.9",
        ] {
            assert_eq!(client("10.0.0.1", &[line]), "203.0.113.9", "{line}");
        }
        assert_eq!(
            client("10.0.0.1", &["203.0.113.9", "", ", ,"]),
            "203.0.113.9"
        );
        assert_eq!(client("10.0.0.1", &["", ","]), "10.0.0.1");
    }

    #[test]
    fn what_only_resembles_an_address_ends_the_search() {
        for entry in [
            "203.0.113.9:",
            "203.0.113.9:x",
            "203.0.113.9:65536",
            "203.0.113.9:+80",
            "203.0.113.9:80:80",
            "[203.0.113.9]",
            "[203.0.113.9]:80",
            "203.0.113.9%eth0",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]:",
            "[2001:db8::1]80",
            "[2001:db8::1]:x",
            "fe80::1%",
            "[fe80::1%]",
            "[]",
            "[]:80",
            ":80",
            "unknown",
            "_hidden",
            "\"203.0.113.9\"",
            "203.0.113.9 80",
            "203.0.113",
            "example.com:80",
        ] {
            let line = format!("198.51.100.1, {entry}");
            assert_eq!(client("10.0.0.1", &[&line]), "10.0.0.1", "{entry}");
        }
    }

    #[test]
    fn an_ipv4_peer_that_is_mapped_into_ipv6_is_the_ipv4_peer() {
        assert_eq!(client("[::ffff:10.0.0.1]", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("[::ffff:192.0.2.7]", &["203.0.113.9"]), "192.0.2.7");
    }

    #[test]
    fn only_a_peer_that_is_no_configured_proxy_is_a_stranger() {
        let is_stranger = |peer: &str, line: Option<&str>| {
            let proxies = ["10.0.0.0/8".parse().unwrap()];
            let peer = format!("{peer}:1234").parse().unwrap();
            let mut request = TestRequest::default().peer_addr(peer);
            if let Some(line) = line {
                request = request.append_header((X_FORWARDED_FOR, line));
            }
            is_forwarded_by_a_stranger(&request.to_srv_request(), &proxies)
        };
        assert!(is_stranger("192.0.2.7", Some("203.0.113.9")));
        assert!(is_stranger("[::1]", Some("")));
        assert!(!is_stranger("192.0.2.7", None));
        assert!(!is_stranger("[::ffff:10.0.0.1]", Some("203.0.113.9")));
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing_that_a_proxy_wrote_and_end_the_search() {
        let mixed: [&[u8]; 2] = [b"198.51.100.1", b"\xff, 203.0.113.9"];
        assert_eq!(client_of_bytes("10.0.0.1", &mixed), "203.0.113.9");
        let nearest: [&[u8]; 2] = [b"198.51.100.1", b"203.0.113.9, \xff"];
        assert_eq!(client_of_bytes("10.0.0.1", &nearest), "10.0.0.1");
        let own_line: [&[u8]; 3] = [b"198.51.100.1", b"\xff", b"10.2.3.4"];
        assert_eq!(client_of_bytes("10.0.0.1", &own_line), "10.2.3.4");
    }
}
