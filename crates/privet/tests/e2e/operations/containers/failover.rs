//! The compose file with three nodes of PostgreSQL: what it has in common with the other one, and that it uses the
//! configuration of `make test-failover`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{compose, compose_file, environment, last_value, networks, read, services, strings};

/// The folder of the compose file, which its paths start from.
pub const FOLDER: &str = "docker/failover";
/// The compose file.
pub const COMPOSE: &str = "docker/failover/docker-compose.yml";
/// The image of the nodes, which the compose file builds.
pub const IMAGE: &str = "privet-postgres";

/// The image that the image of the nodes is made from.
pub fn base_image() -> String {
    let dockerfile = read("docker/failover/Dockerfile");
    let mut bases = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "));
    bases.next().unwrap().to_owned()
}

fn failover() -> Value {
    compose_file(COMPOSE)
}

/// The services that run PostgreSQL.
fn nodes(compose: &Value) -> Vec<(&String, &Value)> {
    let is_node = |service: &Value| {
        let variables = environment(service);
        variables.iter().any(|(name, _)| name == "PATRONI_NAME")
    };
    let nodes: Vec<_> = services(compose)
        .filter(|(_, service)| is_node(service))
        .collect();
    assert_eq!(nodes.len(), 3);
    nodes
}

/// The number after this key in a file of settings, `key: 10` or `key 10s`.
fn number(text: &str, key: &str) -> u32 {
    let mut words = text.split_whitespace().skip_while(|word| *word != key);
    let value = words.nth(1).unwrap_or_else(|| panic!("there is no {key}"));
    value.trim_end_matches('s').parse().unwrap()
}

/// Everything but where they find the database.
#[test]
fn privet_redis_and_the_proxy_are_those_of_the_other_compose_file() {
    let (plain, failover) = (compose(), failover());
    for name in ["privet-1", "privet-2", "redis", "proxy"] {
        let comparable = |compose: &Value| {
            let mut service = compose["services"][name].clone();
            let fields = service.as_object_mut().unwrap();
            for differing in ["build", "depends_on", "volumes"] {
                fields.remove(differing);
            }
            if let Some(variables) = fields.get_mut("environment") {
                let subnet = variables["PRIVET_TRUSTED_PROXIES"].take();
                assert_eq!(
                    subnet,
                    compose["networks"]["proxied"]["ipam"]["config"][0]["subnet"]
                );
            }
            service
        };
        assert_eq!(comparable(&plain), comparable(&failover), "{name}");
    }
}

#[test]
fn the_nodes_run_the_configuration_that_the_tests_run() {
    let script = read("scripts/test-failover-lib/cluster.py");
    assert!(script.contains("{self._cluster.configuration}/patroni.yml"));
    assert!(script.contains("{self.configuration}/haproxy.cfg"));
    let compose = failover();
    for (name, node) in nodes(&compose) {
        let variables = environment(node);
        assert_eq!(last_value(&variables, "PATRONI_NAME"), name);
        let volumes = strings(&node["volumes"]);
        assert!(
            volumes
                .iter()
                .any(|volume| volume.starts_with("./patroni.yml:/etc/patroni/privet/"))
        );
        // A variable that only one of the two sets would be tested or used alone.
        let exported = strings(&node["command"]).join(" ");
        for (variable, _) in variables {
            assert!(script.contains(&format!("\"{variable}\"")), "{variable}");
        }
        for word in exported
            .split([' ', '=', '\n'])
            .filter(|word| word.starts_with("PATRONI_"))
        {
            assert!(script.contains(&format!("\"{word}\"")), "{word}");
        }
    }
    let proxy = strings(&compose["services"]["pg-proxy"]["volumes"]);
    assert_eq!(
        proxy,
        ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
    );
}

#[test]
fn the_proxy_leads_to_all_nodes_and_privet_only_to_the_proxy() {
    let compose = failover();
    let configuration = read("docker/failover/haproxy.cfg");
    for (name, node) in nodes(&compose) {
        let address = format!(
            "presetenv {} {name}:5432",
            name.to_uppercase().replace('-', "_")
        );
        assert!(configuration.contains(&address), "{address}");
        assert_eq!(networks(node), ["cluster"], "{name}");
    }
    let secrets = strings(&compose["services"]["secrets"]["command"]).join(" ");
    assert!(secrets.contains("@pg-proxy:5432/privet"), "{secrets}");
    let on_cluster: BTreeSet<&str> = services(&compose)
        .filter(|(_, service)| networks(service).contains(&"cluster"))
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = ["etcd", "pg-1", "pg-2", "pg-3", "pg-proxy"];
    assert_eq!(on_cluster, expected.into());
}

/// Otherwise there could be a new primary while Privet still has connections to the old one.
#[test]
fn the_proxy_leaves_a_silent_primary_before_another_node_takes_over() {
    let patroni = read("docker/failover/patroni.yml");
    let [ttl, loop_wait, retry_timeout] =
        ["ttl:", "loop_wait:", "retry_timeout:"].map(|key| number(&patroni, key));
    assert!(ttl >= loop_wait + 2 * retry_timeout);
    for setting in ["synchronous_mode: true", "synchronous_mode_strict: true"] {
        assert!(patroni.contains(setting), "{setting}");
    }

    let proxy = read("docker/failover/haproxy.cfg");
    let servers = proxy
        .lines()
        .find(|line| line.trim_start().starts_with("default-server"))
        .unwrap();
    assert!(servers.contains("on-marked-down shutdown-sessions"));
    let checks = proxy
        .lines()
        .find_map(|line| line.trim().strip_prefix("timeout check "));
    let check: u32 = checks.unwrap().trim_end_matches('s').parse().unwrap();
    let taken_out = number(servers, "fall") * (number(servers, "inter") + check);
    assert!(taken_out < ttl - loop_wait, "{taken_out} s");
}

#[test]
fn a_machine_of_its_own_has_a_watchdog() {
    assert!(read("docker/failover/patroni.yml").contains("\n  mode: \"off\"\n"));
    assert!(read("docker/failover/watchdog.yml").contains("\n  mode: required\n"));
    let page = read("docs/deployment.md");
    for file in ["patroni.yml", "watchdog.yml", "haproxy.cfg"] {
        assert!(page.contains(&format!("docker/failover/{file}")), "{file}");
    }
}
