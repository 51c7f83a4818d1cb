//! From where a request comes, for counting failed authentications.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::ServiceRequest;
use ipnet::IpNet;
use privet_application::rate_limits::ClientNetwork;

/// The network that the client's address stands for. Without a peer there is no telling clients apart;
/// they are counted together.
pub fn network_of(request: &ServiceRequest, trusted_proxies: &[IpNet]) -> ClientNetwork {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    of(request, trusted_proxies).unwrap_or(unknown).into()
}

/// The client's address: the peer's, or behind configured proxies the nearest address in
/// `X-Forwarded-For` that is not one of them. What lies further left was written by the client.
fn of(request: &ServiceRequest, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = |address: &IpAddr| trusted_proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(&peer) {
        return Some(peer);
    }
    let lines: Vec<_> = request.headers().get_all("x-forwarded-for").collect();
    let hops = lines
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let mut nearest = peer;
    for hop in hops {
        // Whatever this is, what lies behind it is not known to be a proxy's word.
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

fn address_of(hop: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(hop).ok()?.trim().parse().ok()
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
    fn bytes_that_are_no_text_hide_nothing_that_a_proxy_wrote_and_end_the_search() {
        let mixed: [&[u8]; 2] = [b"198.51.100.1", b"\xff, 203.0.113.9"];
        assert_eq!(client_of_bytes("10.0.0.1", &mixed), "203.0.113.9");
        let nearest: [&[u8]; 2] = [b"198.51.100.1", b"203.0.113.9, \xff"];
        assert_eq!(client_of_bytes("10.0.0.1", &nearest), "10.0.0.1");
        let own_line: [&[u8]; 3] = [b"198.51.100.1", b"\xff", b"10.2.3.4"];
        assert_eq!(client_of_bytes("10.0.0.1", &own_line), "10.2.3.4");
    }
}
