//! The configuration of the proxy, compared with the services of the compose file and the paths of Privet.
//! `haproxy -c -f docker/haproxy.cfg` checks its syntax.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use super::{compose, environment, last_value, networks, port, read, replicas, services, strings};
use crate::support::Server;

const CONFIGURATION: &str = "docker/haproxy.cfg";
const WITH_TLS: &str = "docker/haproxy-tls.cfg";

/// The lines of a configuration as words, each with its section.
fn lines(configuration: &str) -> Vec<(String, Vec<String>)> {
    let text = read(configuration);
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().starts_with('#')) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            continue;
        }
        if line.starts_with(' ') {
            lines.push((section.clone(), words));
        } else {
            section = words.join(" ");
        }
    }
    lines
}

/// The words after these words in the configuration, by section.
fn behind(start: &[&str]) -> Vec<(String, Vec<String>)> {
    let matching = lines(CONFIGURATION)
        .into_iter()
        .filter(|(_, words)| words.len() >= start.len() && words[..start.len()] == *start);
    matching
        .map(|(section, words)| (section, words[start.len()..].to_vec()))
        .collect()
}

fn backends() -> Vec<String> {
    let text = read(CONFIGURATION);
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("backend "));
    names.map(str::to_owned).collect()
}

#[test]
fn every_backend_has_exactly_the_replicas() {
    let compose = compose();
    let listen = super::instruction("EXPOSE");
    let expected: Vec<[String; 2]> = replicas(&compose)
        .into_iter()
        .map(|(name, _)| [name.clone(), format!("{name}:{listen}")])
        .collect();
    let backends = backends();
    assert_eq!(backends.len(), 2);
    for backend in backends {
        let servers = behind(&["server"]).into_iter();
        let servers: Vec<_> = servers
            .filter(|(section, _)| *section == format!("backend {backend}"))
            .map(|(_, words)| words)
            .collect();
        assert_eq!(servers, expected, "{backend}");
    }
}

#[test]
fn requests_go_to_existing_backends() {
    let mut named: Vec<String> = [&["use_backend"][..], &["default_backend"]]
        .into_iter()
        .flat_map(behind)
        .map(|(_, words)| words[0].clone())
        .collect();
    named.sort();
    let mut backends = backends();
    backends.sort();
    assert_eq!(named, backends);
}

#[tokio::test]
async fn what_the_proxy_asks_replicas_privet_answers() {
    let server = Server::on_sqlite(&[]).await;
    let checks = behind(&["http-check", "send", "meth", "GET", "uri"]);
    assert_eq!(checks.len(), backends().len());
    for (section, words) in checks {
        let answer = server.anonymous().get(&words[0]).await;
        assert_eq!(answer.status, 200, "{section}: {answer}");
    }
}

/// Paths whose requests may be repeated: reads, and queries that are too long for a URL.
#[tokio::test]
async fn what_the_proxy_sends_again_changes_nothing() {
    let server = Server::on_sqlite(&[]).await;
    let document = server.anonymous().get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let prefixes = behind(&["acl", "changes_nothing", "path_beg"]);
    assert_eq!(prefixes.len(), 1);
    for prefix in &prefixes[0].1 {
        let below: Vec<_> = paths
            .iter()
            .filter(|(path, _)| path.starts_with(prefix.as_str()))
            .collect();
        assert!(!below.is_empty(), "{prefix}");
        for (path, operations) in below {
            for (method, operation) in operations.as_object().unwrap() {
                let tags = strings(&operation["tags"]);
                let only_asks = ["decisions", "enforcement", "authzen"].contains(&tags[0]);
                assert!(method == "post" && only_asks, "{method} {path}: {tags:?}");
            }
        }
    }
    let methods = behind(&["acl", "changes_nothing", "method"]);
    assert_eq!(methods[0].1, ["GET", "HEAD", "OPTIONS"]);
}

/// Streams are silent for fifteen seconds, and long polls for a minute. A client is silent all the while.
#[test]
fn the_proxy_waits_for_longer_than_streams_and_long_polls_are_silent() {
    let seconds = |name: &str| -> u32 {
        let (_, words) = behind(&["timeout", name]).remove(0);
        words[0].strip_suffix('s').unwrap().parse().unwrap()
    };
    assert!(seconds("client") > 15 && seconds("server") > 60);
}

/// Otherwise connections would wait unseen, and the proxy would treat a replica as slow.
#[test]
fn the_proxy_opens_no_more_connections_than_a_replica_takes() {
    let (section, words) = behind(&["default-server"]).remove(0);
    assert_eq!(section, "defaults");
    let number = |name: &str| -> u32 {
        let position = words.iter().position(|word| word == name).unwrap();
        words[position + 1].parse().unwrap()
    };
    let opened = number("maxconn") + number("pool-max-conn");
    let compose = compose();
    for (name, privet) in replicas(&compose) {
        let taken = last_value(&environment(privet), "PRIVET_MAX_CONNECTIONS").to_owned();
        assert!(opened < taken.parse().unwrap(), "{name}: {opened}, {taken}");
    }
}

/// The numbers in the sum on the page.
#[test]
fn replicas_get_the_memory_and_the_connections_that_the_page_recommends() {
    let page = read("docs/deployment.md");
    let compose = compose();
    for (name, privet) in replicas(&compose) {
        let memory = privet["mem_limit"].as_str().unwrap();
        let memory: u32 = memory.strip_suffix('m').unwrap().parse().unwrap();
        let connections = last_value(&environment(privet), "PRIVET_MAX_CONNECTIONS").to_owned();
        for recommended in [
            format!("| **limit** | **{memory}** |"),
            format!("limits: {{memory: {memory}Mi}}"),
            format!("`PRIVET_MAX_CONNECTIONS={connections}`"),
            format!("{{name: PRIVET_MAX_CONNECTIONS, value: \"{connections}\"}}"),
        ] {
            assert!(page.contains(&recommended), "{name}: {recommended}");
        }
        let alert = format!("privet\"}} > {} * 1024 * 1024", memory / 4 * 3);
        let alerts = read("monitoring/prometheus/privet.rules.yml");
        assert!(alerts.contains(&alert), "{alert}");
    }
}

/// Decoded, because Privet decodes too.
#[test]
fn the_proxy_answers_for_the_metrics_itself() {
    let rules = behind(&["http-request", "return", "status", "404"]);
    assert_eq!(rules.len(), 1, "{rules:?}");
    let (section, words) = &rules[0];
    assert_eq!(section, "frontend privet");
    let condition = ["if", "{", "path,url_dec", "/metrics", "/metrics/", "}"];
    assert!(words.ends_with(&condition.map(str::to_owned)), "{words:?}");
}

/// What is forbidden to clients is also forbidden with TLS.
#[test]
fn with_tls_the_proxy_has_every_rule_that_it_has_without() {
    let with_tls = lines(WITH_TLS);
    let has = |words: &[String]| {
        with_tls
            .iter()
            .any(|(section, each)| section == "frontend privet_tls" && each == words)
    };
    let plain = lines(CONFIGURATION)
        .into_iter()
        .filter(|(section, words)| section == "frontend privet" && words[0] != "bind");
    let plain: Vec<_> = plain.map(|(_, words)| words).collect();
    assert!(plain.len() > 4, "{plain:?}");
    for words in plain {
        assert!(has(&words), "{WITH_TLS} lacks: {}", words.join(" "));
    }
}

/// Another frontend would have none of the rules.
#[test]
fn only_these_two_frontends_lead_to_the_replicas() {
    let leading = [CONFIGURATION, WITH_TLS].into_iter().flat_map(lines);
    let leading = leading.filter(|(_, words)| words[0].ends_with("_backend"));
    let sections: BTreeSet<String> = leading.map(|(section, _)| section).collect();
    let expected = ["frontend privet", "frontend privet_tls"];
    assert_eq!(sections, expected.map(str::to_owned).into());
}

#[test]
fn the_proxy_alone_is_published_and_on_this_machine_only() {
    let compose = compose();
    for (name, service) in services(&compose).filter(|(name, _)| *name != "proxy") {
        assert!(service["ports"].is_null(), "{name}");
    }
    let published = strings(&compose["services"]["proxy"]["ports"]);
    assert_eq!(published.len(), 1);
    // Reachable only from this machine, until an operator changes it.
    assert!(published[0].starts_with("127.0.0.1:"), "{published:?}");
    let bound = &behind(&["bind"])[0].1[0];
    assert_eq!(port(published[0]), port(bound));
}

/// Otherwise clients could forge `X-Forwarded-For`.
#[test]
fn the_replicas_trust_the_network_that_only_they_and_the_proxy_are_on() {
    let compose = compose();
    let network = &compose["networks"]["proxied"];
    let subnet: IpNet = network["ipam"]["config"][0]["subnet"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(network["internal"], true);
    for (name, privet) in replicas(&compose) {
        let trusted = environment(privet);
        let trusted: IpNet = last_value(&trusted, "PRIVET_TRUSTED_PROXIES")
            .parse()
            .unwrap();
        assert_eq!(trusted, subnet, "{name}");
    }
    for (name, service) in services(&compose) {
        let is_proxied = networks(service).contains(&"proxied");
        let may_be = name == "proxy" || service["image"] == "privet";
        assert_eq!(is_proxied, may_be, "{name}");
    }
    assert!(!networks(&compose["services"]["proxy"]).contains(&"backend"));
}

#[test]
fn the_script_that_replaces_replicas_uses_the_names_of_all() {
    let script = read("scripts/roll");
    let compose = compose();
    let names: Vec<&str> = replicas(&compose)
        .into_iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(script.contains(&format!("for replica in {};", names.join(" "))));
    assert!(script.contains(&format!("for backend in {};", backends().join(" "))));
    let commands = &behind(&["stats", "socket"])[0].1[0];
    let (host, port) = commands
        .strip_prefix("ipv4@")
        .unwrap()
        .split_once(':')
        .unwrap();
    assert_eq!(host, "127.0.0.1", "whoever reaches it commands the proxy");
    assert!(script.contains(&format!("/dev/tcp/{host}/{port}")));
    assert_is_healthy_through(&compose["services"]["proxy"]);
}

/// The proxy is healthy if a replica answers through it.
fn assert_is_healthy_through(proxy: &Value) {
    let check = strings(&proxy["healthcheck"]["test"]).join(" ");
    let bound = &behind(&["bind"])[0].1[0];
    assert!(
        check.contains(&format!("/dev/tcp/127.0.0.1/{} ", port(bound))),
        "{check}"
    );
    let (_, asked) = &behind(&["http-check", "send", "meth", "GET", "uri"])[0];
    assert!(check.contains(&format!("GET {} ", asked[0])), "{check}");
}
