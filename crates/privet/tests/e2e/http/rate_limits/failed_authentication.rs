//! The limit of failed authentication, by address and not by user.

use reqwest::Method;

use super::{EMAIL, refusal, start};
use crate::support::acting::erase;
use crate::support::shapes::{UPDATES, assert_error};
use crate::support::{Answer, Server, new_user_id};

const PATH: &str = "/api/v1/privacy/settings";

/// A request with an invalid token, forwarded for these addresses.
async fn forwarded(server: &Server, lines: &[&str]) -> Answer {
    let mut request = server.bearer("x").request(Method::GET, PATH);
    for line in lines {
        request = request.header("X-Forwarded-For", line);
    }
    request.send().await
}

/// Asserts that these header values count for the same client, which was not counted before.
async fn assert_same_client(server: &Server, ways: &[&[&str]]) {
    let (first, others) = ways.split_first().unwrap();
    assert_eq!(forwarded(server, first).await.status, 401, "{first:?}");
    for other in others {
        assert_eq!(
            forwarded(server, other).await.status,
            429,
            "{first:?} and {other:?}"
        );
    }
}

#[tokio::test]
async fn after_sixty_bad_tokens_there_is_429_instead_of_401_and_good_tokens_are_served() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    let begun = std::time::Instant::now();
    let mut passed: u64 = 0;
    let refused = loop {
        let answer = server.bearer("x").get(PATH).await;
        if answer.status == 429 {
            break answer;
        }
        assert_error(&answer, PATH, 401, "Invalid token");
        passed += 1;
    };
    assert!(
        (60..=61 + begun.elapsed().as_secs()).contains(&passed),
        "{passed}"
    );
    refusal(&refused, PATH, "failed_auth", 60, 60);
    assert_eq!(alice.get(PATH).await.status, 200);
}

#[tokio::test]
async fn a_refusal_takes_the_shape_of_its_path_whatever_is_wrong_with_the_token() {
    let (_database, server) = start(&[("PRIVET_LIMIT_FAILED_AUTH", "1/hour")]).await;
    let first = server.anonymous().get(PATH).await;
    assert_error(&first, PATH, 401, "Authentication token is required");
    for update in &UPDATES {
        for client in [server.anonymous(), server.bearer("x")] {
            let request = client.request(update.method.clone(), update.path);
            let answer = request
                .header("Content-Type", "application/json")
                .body(update.body);
            refusal(&answer.send().await, update.path, "failed_auth", 1, 3_600);
        }
        let alice = server.new_user();
        assert_eq!(update.send_json(&alice, update.body).await.status, 200);
    }
}

#[tokio::test]
async fn tokens_of_an_erased_account_count_wherever_they_are_sent_and_not_for_the_user() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "4/hour"),
        ("PRIVET_LIMIT_MESSAGING_READ", "1/hour"),
    ];
    let (_database, server) = start(&variables).await;
    let id = new_user_id();
    let erased = server.user(id);
    erase(&erased).await;
    let call = async |method: &Method, path| erased.request(method.clone(), path).send().await;
    let ways = [(Method::GET, PATH), (Method::DELETE, "/api/v1/users/me")];
    for (method, path) in ways.iter().cycle().take(4) {
        let answer = call(method, path).await;
        assert_error(&answer, path, 401, "Account has been deleted");
        assert!(!answer.has_header("RateLimit"), "{answer}");
    }
    for (method, path) in &ways {
        let answer = call(method, path).await;
        refusal(&answer, path, "failed_auth", 4, 3_600);
    }
    assert_eq!(server.bearer("x").get(PATH).await.status, 429);
    assert_eq!(server.new_user().get(PATH).await.status, 200);
}

#[tokio::test]
async fn good_tokens_and_paths_without_tokens_do_not_count() {
    let (_database, server) = start(&[("PRIVET_LIMIT_FAILED_AUTH", "1/hour")]).await;
    for _ in 0..5 {
        assert_eq!(server.new_user().get(EMAIL).await.status, 200);
        assert_eq!(server.bearer("x").get("/health/live").await.status, 200);
        assert_eq!(server.bearer("x").get("/nothing").await.status, 404);
        assert_eq!(
            server
                .bearer("x")
                .request(Method::DELETE, EMAIL)
                .send()
                .await
                .status,
            405
        );
    }
    assert_eq!(server.bearer("x").get(EMAIL).await.status, 401);
    assert_eq!(server.bearer("x").get(EMAIL).await.status, 429);
}

#[tokio::test]
async fn forwarded_addresses_of_a_client_are_ignored() {
    let (_database, server) = start(&[("PRIVET_LIMIT_FAILED_AUTH", "1/hour")]).await;
    assert_same_client(
        &server,
        &[&[], &["203.0.113.1"], &["203.0.113.2"], &["127.0.0.1"]],
    )
    .await;
}

#[tokio::test]
async fn a_proxy_that_is_not_the_peer_does_not_count_either() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        ("PRIVET_TRUSTED_PROXIES", "127.0.0.2,10.0.0.0/8"),
    ];
    let (_database, server) = start(&variables).await;
    assert_same_client(
        &server,
        &[
            &["203.0.113.1"],
            &["203.0.113.2"],
            &["203.0.113.3, 10.0.0.1"],
        ],
    )
    .await;
}

#[tokio::test]
async fn behind_trusted_proxies_the_rightmost_address_that_is_none_of_them_counts() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        (
            "PRIVET_TRUSTED_PROXIES",
            "127.0.0.0/8,10.0.0.0/8,2001:db8:ffff::/48",
        ),
    ];
    let (_database, server) = start(&variables).await;
    assert_same_client(
        &server,
        &[
            &["203.0.113.1"],
            &["198.51.100.7, 203.0.113.1"],
            &["198.51.100.8,203.0.113.1, 10.9.8.7"],
            &["198.51.100.9", "203.0.113.1", "10.9.8.7, 127.0.0.1"],
            &["203.0.113.1, 2001:db8:ffff::1"],
            &["::ffff:203.0.113.1"],
        ],
    )
    .await;
    assert_same_client(&server, &[&["203.0.113.2"], &["203.0.113.1, 203.0.113.2"]]).await;
    // Only proxies: the farthest one is the client.
    assert_same_client(&server, &[&["10.0.0.1"], &["10.0.0.1, 10.0.0.2"]]).await;
    assert_same_client(
        &server,
        &[&[], &["nonsense"], &["203.0.113.77, nonsense"], &[""]],
    )
    .await;
}

#[tokio::test]
async fn an_address_counts_the_same_in_every_notation() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        (
            "PRIVET_TRUSTED_PROXIES",
            "::ffff:127.0.0.1,::ffff:10.0.0.0/104",
        ),
    ];
    let (_database, server) = start(&variables).await;
    for ways in [
        [
            "203.0.113.1",
            "203.0.113.1:56789",
            "203.0.113.1,",
            "203.0.113.1, ,",
            "::ffff:203.0.113.1",
            "[::ffff:203.0.113.1]:80",
            "203.0.113.1, [::ffff:10.1.2.3]:80",
            "203.0.113.1:1, 10.1.2.3:2,",
        ],
        [
            "2001:db8::1",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "2001:db8::1%eth0",
            "[2001:db8::1%25eth0]:443",
            "2001:db8::1,",
            "[2001:db8::1]:1, 10.1.2.3",
            "2001:DB8::1",
        ],
    ] {
        let ways = ways.each_ref().map(std::slice::from_ref);
        assert_same_client(&server, &ways).await;
    }
    assert_same_client(&server, &[&["203.0.113.2:56789"], &["203.0.113.2"]]).await;
}

#[tokio::test]
async fn a_peer_that_forwards_and_is_not_trusted_is_warned_of_once() {
    let (_database, mut server) = start(&[("PRIVET_TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    // Not without the header, and not with a valid token.
    assert_eq!(server.bearer("x").get(PATH).await.status, 401);
    let good = server.new_user().request(Method::GET, PATH);
    let answer = good.header("X-Forwarded-For", "203.0.113.1").send().await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(warnings(&mut server).await, [""; 0]);
    for _ in 0..3 {
        assert_eq!(forwarded(&server, &["203.0.113.1"]).await.status, 401);
    }
    let lines = warnings(&mut server).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("WARN") && lines[0].contains("peer=127.0.0.1"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_trusted_proxy_is_not_warned_of() {
    let (_database, mut server) = start(&[("PRIVET_TRUSTED_PROXIES", "127.0.0.1")]).await;
    assert_eq!(forwarded(&server, &["203.0.113.1"]).await.status, 401);
    assert_eq!(warnings(&mut server).await, [""; 0]);
}

/// The warnings about untrusted peers, once all earlier lines are logged.
async fn warnings(server: &mut Server) -> Vec<String> {
    let answer = server.anonymous().get("/openapi.json").await;
    server.wait_for_log(answer.header("X-Request-Id")).await;
    let mut lines = server.log();
    lines.retain(|line| line.contains("a peer that is not a trusted proxy"));
    lines
}

#[tokio::test]
async fn invalid_bytes_do_not_let_a_client_choose_its_address() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let (_database, server) = start(&variables).await;
    let by_proxy = "ÿ, 203.0.113.10";
    assert_same_client(
        &server,
        &[
            &["198.51.100.1", by_proxy],
            &["198.51.100.2", by_proxy],
            &["198.51.100.3, ÿ, 203.0.113.10"],
            &["203.0.113.10"],
        ],
    )
    .await;
    // If the proxy's own entry is invalid, the request counts for the proxy.
    assert_same_client(&server, &[&[], &["198.51.100.4", "203.0.113.10, ÿ"]]).await;
}

#[tokio::test]
async fn no_other_field_sets_the_client_address() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let (_database, server) = start(&variables).await;
    assert_eq!(forwarded(&server, &["203.0.113.1"]).await.status, 401);
    for (number, name) in [
        "Forwarded",
        "X-Real-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
    ]
    .into_iter()
    .enumerate()
    {
        let other = format!("198.51.100.{number}");
        let request = server.bearer("x").request(Method::GET, PATH);
        let request = request.header("X-Forwarded-For", "203.0.113.1");
        let answer = request.header(name, &other).send().await;
        assert_eq!(answer.status, 429, "{name}: {answer}");
    }
}

#[tokio::test]
async fn an_ipv6_client_is_counted_by_its_network() {
    let variables = [
        ("PRIVET_LIMIT_FAILED_AUTH", "1/hour"),
        ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let (_database, server) = start(&variables).await;
    let same = [
        "2001:db8:1:2::1",
        "2001:DB8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:3::4",
    ];
    assert_same_client(&server, &[&[same[0]], &[same[1]], &[same[2]]]).await;
    assert_same_client(&server, &[&["2001:db8:1:3::1"]]).await;
}
