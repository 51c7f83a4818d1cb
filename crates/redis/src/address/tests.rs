//! Valid and invalid URLs, and the addresses that they result in.

use super::*;

fn places(url: &str) -> Vec<String> {
    let address = Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let place = |info: &ConnectionInfo| info.addr().to_string();
    address.servers.iter().map(place).collect()
}

#[test]
fn a_server_is_found_where_the_url_says() {
    for (url, place) in [
        ("redis://cache", "cache:6379"),
        ("redis://:pw@cache:7000/2", "cache:7000"),
        ("rediss://[::1]:7000", "::1:7000"),
        ("rediss://user:p%40ss@cache?protocol=resp3", "cache:6379"),
    ] {
        assert_eq!(places(url), [place], "{url}");
    }
}

#[test]
fn a_cluster_is_asked_at_each_of_its_addresses() {
    let expected = ["a:7000", "b:6379", "::1:7002"];
    assert_eq!(places("redis-cluster://u:p@a:7000,b,[::1]:7002/"), expected);
    let address = Address::parse("rediss-cluster://u:p@a:7000,b").unwrap();
    assert!(matches!(address.kind, Kind::Cluster));
    let info = address
        .found(address.servers[1].redis_settings(), "c", 7005)
        .unwrap();
    assert_eq!(info.addr().to_string(), "c:7005");
    assert!(matches!(info.addr(), ConnectionAddr::TcpTls { .. }));
    assert_eq!(info.redis_settings().password(), Some("p"));
}

#[test]
fn sentinels_have_a_login_of_their_own() {
    let url = "redis-sentinel://u:p@a,b:7000/3?master=main&sentinel_password=s";
    assert_eq!(places(url), ["a:26379", "b:7000"]);
    let address = Address::parse(url).unwrap();
    let Kind::Sentinel { master, login } = address.kind else {
        panic!("{:?}", address.kind);
    };
    assert_eq!((master.as_str(), login.db()), ("main", 3));
    assert_eq!(login.password(), Some("p"));
    let own = address.servers[0].redis_settings();
    assert_eq!(
        (own.username(), own.password(), own.db()),
        (None, Some("s"), 0)
    );
}

#[test]
fn an_invalid_address_is_refused() {
    for url in [
        "",
        "redis",
        "redis://",
        "http://cache",
        "redis://a,b",
        "redis://cache/x",
        "redis://cache?master=main",
        "redis://cache?cafile=/x",
        "rediss://cache/#insecure",
        "redis-cluster://",
        "redis-cluster://a,,b",
        "redis-cluster://a/1",
        "redis-cluster://a?master=main",
        "redis-sentinel://a",
        "redis-sentinel://a:x?master=main",
        "rediss-tower://a",
    ] {
        let refused = Address::parse(url).map(drop);
        assert_eq!(refused, Err(InvalidUrl::NotAnAddress), "{url}");
    }
}

#[test]
fn an_invalid_certificate_is_reported() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (parameters, cause) in [
        (
            "ca_file=/nowhere.pem".to_owned(),
            "/nowhere.pem cannot be read",
        ),
        ("cert_file=/nowhere.pem".to_owned(), "given together"),
        (format!("cert_file={file}&key_file={file}"), ""),
    ] {
        let refused = Address::parse(&format!("rediss://cache?{parameters}")).map(drop);
        let Err(InvalidUrl::Certificates(told)) = refused else {
            panic!("{parameters}: {refused:?}");
        };
        assert!(told.contains(cause), "{told}");
    }
    let without_tls = Address::parse(&format!("redis://cache?ca_file={file}")).map(drop);
    assert_eq!(without_tls, Err(InvalidUrl::NotAnAddress));
}
