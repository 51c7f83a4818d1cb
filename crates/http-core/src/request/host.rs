//! The `Host` field (RFC 9110, section 7.2). HTTP/1.1 requests without one, or with two, are refused before a
//! request is parsed (RFC 9112, section 3.2).

use std::net::Ipv6Addr;

use actix_web::http::header::{self, HeaderMap};

/// Whether a request has a valid host, `uri-host [ ":" port ]`; HTTP/1.0 requests need none.
pub fn is_valid(headers: &HeaderMap) -> bool {
    headers.get_all(header::HOST).all(|field| {
        let text = field.to_str().ok();
        text.is_some_and(is_host_and_port)
    })
}

fn is_host_and_port(text: &str) -> bool {
    let after_host = if let Some(literal) = text.strip_prefix('[') {
        let parts = literal.split_once(']');
        let parts = parts.filter(|(address, _)| is_literal(address));
        parts.map(|(_, rest)| rest)
    } else {
        let end = text.find(':').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        is_name(name).then_some(rest)
    };
    after_host.is_some_and(is_port)
}

/// Nothing, or a colon and a port, which may be empty (RFC 3986, section 3.2.3).
fn is_port(rest: &str) -> bool {
    rest.is_empty()
        || rest.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit())
                && (port.is_empty() || port.parse::<u16>().is_ok())
        })
}

/// A registered name or an IPv4 address, which must not be empty in an HTTP URI (RFC 9110, section 4.2.1).
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let is_sound = match byte {
            b'%' => {
                let mut is_digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                is_digit() && is_digit()
            }
            byte => is_plain(byte),
        };
        if !is_sound {
            return false;
        }
    }
    !name.is_empty()
}

/// An IPv6 address, or a future version (RFC 3986, section 3.2.2).
fn is_literal(address: &str) -> bool {
    let Some(later) = address.strip_prefix(['v', 'V']) else {
        return address.parse::<Ipv6Addr>().is_ok();
    };
    later.split_once('.').is_some_and(|(version, rest)| {
        !version.is_empty()
            && version.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte == b':' || is_plain(byte))
    })
}

/// An unreserved character or a sub-delimiter of RFC 3986.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for text in [
            "privet",
            "privet.example.org",
            "privet.example.org:8080",
            "privet:",
            "my_service:80",
            "127.0.0.1:65535",
            "[::1]",
            "[2001:db8::1]:443",
            "[v1.a:b]",
            "xn--bcher-kva.example",
            "a%C3%BC.example",
        ] {
            assert!(is_host_and_port(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_host() {
        for text in [
            "",
            ":80",
            "a b",
            "a/b",
            "http://a",
            "user@a",
            "a:80:81",
            "a:x",
            "a:-1",
            "a:+1",
            "a:65536",
            "[::1",
            "[::1]x",
            "[::1]:x",
            "[nothing]",
            "[fe80::1%25eth0]",
            "[v.a]",
            "::1",
            "a%C",
            "a%zz",
            "a?b",
            "a#b",
            "a\\b",
            "<a>",
            "b\u{fc}cher",
        ] {
            assert!(!is_host_and_port(text), "{text}");
        }
    }
}
