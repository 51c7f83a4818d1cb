//! Compares the Dockerfile and the compose files with the program: a wrong name would only show when they are used.
//! The proxy is in `proxy`, what only the compose file of the fail-over has in `failover`.

mod confinement;
mod dockerfile;
mod failover;
mod images;
mod proxy;
mod secrets;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Program;
use dockerfile::{dockerfile, image_environment, instruction};

/// The path of the program in the image.
const PROGRAM: &str = "/usr/local/bin/privet";

fn read(name: &str) -> String {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn compose() -> Value {
    compose_file("docker-compose.yml")
}

fn compose_file(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap()
}

/// All compose files, with the folders that they are in.
fn composes() -> [(&'static str, Value); 2] {
    [
        (".", compose()),
        (failover::FOLDER, compose_file(failover::COMPOSE)),
    ]
}

fn services(compose: &Value) -> impl Iterator<Item = (&String, &Value)> {
    compose["services"].as_object().unwrap().iter()
}

/// The services that run Privet.
fn replicas(compose: &Value) -> Vec<(&String, &Value)> {
    let replicas: Vec<_> = services(compose)
        .filter(|(_, service)| service["image"] == "privet")
        .collect();
    assert_eq!(replicas.len(), 2);
    replicas
}

/// The variables of a service.
fn environment(service: &Value) -> Vec<(String, String)> {
    let variables = service["environment"].as_object().into_iter().flatten();
    variables
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect()
}

async fn known_variables() -> BTreeSet<String> {
    let help = Program::new(&["serve", "--help"]).run().await;
    assert_eq!(help.status, 0, "{}", help.stderr);
    let words = help
        .stdout
        .split(|each: char| !(each.is_ascii_alphanumeric() || each == '_'));
    words
        .filter(|word| is_ours(word))
        .map(str::to_owned)
        .collect()
}

fn is_ours(name: &str) -> bool {
    ["PRIVET_", "DATABASE_URL", "REDIS_URL"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Asserts that the words run the program with an existing command.
async fn assert_runs_privet(words: &[&str]) {
    assert_eq!(words[0], PROGRAM);
    let arguments: Vec<&str> = words[1..].iter().copied().chain(["--help"]).collect();
    let help = Program::new(&arguments).run().await;
    assert_eq!(help.status, 0, "{words:?}: {}", help.stderr);
    assert!(
        help.stdout.contains("Usage: privet"),
        "{words:?}: {}",
        help.stdout
    );
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').unwrap().1
}

#[tokio::test]
async fn every_variable_that_is_set_is_one_that_privet_knows() {
    let known = known_variables().await;
    for (_, compose) in composes() {
        for (_, privet) in replicas(&compose) {
            let set = [environment(privet), image_environment()].concat();
            assert!(set.len() >= 3, "{set:?}");
            for (name, _) in set {
                assert!(known.contains(&name), "{name} is none of {known:?}");
            }
        }
        // No variable of Privet is set in another place.
        let others = services(&compose).filter(|(_, service)| service["image"] != "privet");
        for (name, service) in others {
            for (variable, _) in environment(service) {
                assert!(!is_ours(&variable), "{name} has {variable}");
            }
        }
    }
}

#[tokio::test]
async fn health_checks_and_the_entry_point_run_a_command_that_privet_has() {
    for (_, compose) in composes() {
        for (_, privet) in replicas(&compose) {
            let check = strings(&privet["healthcheck"]["test"]);
            assert_eq!((check[0], check.last()), ("CMD", Some(&"health")));
            assert_runs_privet(&check[1..]).await;
        }
    }

    let check = instruction("HEALTHCHECK");
    let check: Value = serde_json::from_str(check.split_once("CMD").unwrap().1).unwrap();
    assert_eq!(strings(&check).last(), Some(&"health"));
    assert_runs_privet(&strings(&check)).await;

    let entry_point: Value = serde_json::from_str(&instruction("ENTRYPOINT")).unwrap();
    assert_runs_privet(&strings(&entry_point)).await;
    let copies = dockerfile().into_iter().filter(|(name, _)| name == "COPY");
    assert!(copies.into_iter().any(|(_, rest)| rest.ends_with(PROGRAM)));
}

#[test]
fn the_replicas_differ_only_in_who_builds_their_image() {
    for (_, compose) in composes() {
        let alike: Vec<Value> = replicas(&compose)
            .into_iter()
            .map(|(_, service)| {
                let mut service = service.clone();
                let fields = service.as_object_mut().unwrap();
                // Neither may ask a registry for an image that exists only on this machine.
                assert!(fields.remove("build").is_some() != fields.remove("pull_policy").is_some());
                service
            })
            .collect();
        assert_eq!(alike[0], alike[1]);
    }
}

#[test]
fn the_ports_are_those_that_privet_listens_on() {
    let compose = compose();
    for (_, privet) in replicas(&compose) {
        let set = [image_environment(), environment(privet)].concat();
        let listen = last_value(&set, "PRIVET_LISTEN");
        assert!(
            listen.starts_with("0.0.0.0:"),
            "nobody outside the container reaches {listen}"
        );
        assert_eq!(instruction("EXPOSE"), port(listen));
        let published = strings(&compose["services"]["proxy"]["ports"]);
        let (outside, _) = published[0].rsplit_once(':').unwrap();
        let public_url = last_value(&set, "PRIVET_PUBLIC_URL");
        assert_eq!(port(public_url), port(outside));
    }
}

fn last_value<'a>(set: &'a [(String, String)], name: &str) -> &'a str {
    let found = set.iter().rev().find(|(each, _)| each == name);
    &found.unwrap_or_else(|| panic!("{name} is not set")).1
}

#[tokio::test]
async fn what_is_under_way_may_be_finished_before_a_replica_is_killed() {
    let help = Program::new(&["serve", "--help"]).run().await.stdout;
    let default = help
        .lines()
        .find(|line| line.contains("PRIVET_SHUTDOWN_SECONDS"))
        .unwrap();
    let compose = compose();
    for (_, privet) in replicas(&compose) {
        let grace = privet["stop_grace_period"].as_str().unwrap();
        let grace: u32 = grace.strip_suffix('s').unwrap().parse().unwrap();
        let mut numbers = default.split(|each: char| !each.is_ascii_digit());
        let shutdown: u32 = numbers.find_map(|word| word.parse().ok()).unwrap();
        assert!(grace > shutdown, "{default}");
    }
}

#[test]
fn secrets_are_files_and_stand_nowhere_in_the_compose_file() {
    for (_, compose) in composes() {
        assert_has_secrets_in_files(&compose);
    }
    assert!(
        image_environment()
            .iter()
            .all(|(name, _)| name == "PRIVET_LISTEN")
    );
}

fn assert_has_secrets_in_files(compose: &Value) {
    for (name, service) in services(compose) {
        let volumes = service["volumes"].as_array().into_iter().flatten();
        let volumes: Vec<&str> = volumes.map(|volume| volume.as_str().unwrap()).collect();
        for (variable, value) in environment(service) {
            let is_secret = ["PASSWORD", "SECRET", "DATABASE_URL", "REDIS_URL", "TOKEN"]
                .iter()
                .any(|word| variable.contains(word));
            if is_secret {
                assert!(variable.ends_with("_FILE"), "{name} has {variable}");
                let folder = value.rsplit_once('/').unwrap().0;
                let mounted = format!(":{folder}:ro");
                assert!(
                    volumes.iter().any(|volume| volume.ends_with(&mounted)),
                    "{name}: {value}"
                );
            }
        }
    }
}

#[test]
fn every_service_that_stays_has_a_health_check_and_is_waited_for() {
    for (_, compose) in composes() {
        assert_stay_with_health_checks(&compose);
    }
    let compose = compose();
    for (_, privet) in replicas(&compose) {
        for server in ["postgres", "redis"] {
            let condition = &privet["depends_on"][server]["condition"];
            assert_eq!(condition, "service_healthy", "{server}");
        }
    }
}

fn assert_stay_with_health_checks(compose: &Value) {
    let mut end_by_themselves = BTreeSet::new();
    for (name, service) in services(compose) {
        for (other, how) in service["depends_on"].as_object().into_iter().flatten() {
            let other_service = &compose["services"][other];
            assert!(
                other_service.is_object(),
                "{name} waits for {other}, which is not there"
            );
            match how["condition"].as_str().unwrap() {
                "service_healthy" => assert!(!other_service["healthcheck"].is_null(), "{other}"),
                "service_completed_successfully" => {
                    end_by_themselves.insert(other.clone());
                }
                condition => panic!("{name} waits for {other} to be {condition}"),
            }
        }
    }
    for (name, service) in services(compose) {
        let stays = !end_by_themselves.contains(name);
        assert_eq!(!service["healthcheck"].is_null(), stays, "{name}");
        assert_eq!(service["restart"] == "unless-stopped", stays, "{name}");
    }
}

fn networks(service: &Value) -> Vec<&str> {
    let networks = service["networks"].as_array().into_iter().flatten();
    networks.map(|network| network.as_str().unwrap()).collect()
}

#[test]
fn what_services_name_is_declared() {
    for (folder, compose) in composes() {
        assert_names_are_declared(folder, &compose);
    }
}

fn assert_names_are_declared(folder: &str, compose: &Value) {
    let declared = |kind: &str, name: &str| compose[kind].as_object().unwrap().contains_key(name);
    for (name, service) in services(compose) {
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let volume = volume.as_str().unwrap().split(':').next().unwrap();
            if volume.starts_with('.') {
                let file = format!("{folder}/{volume}");
                assert!(!read(&file).is_empty(), "{name} mounts {volume}");
            } else {
                assert!(declared("volumes", volume), "{name} mounts {volume}");
            }
        }
        for network in networks(service) {
            assert!(declared("networks", network), "{name} is on {network}");
        }
    }
}

#[test]
fn the_image_is_built_with_the_release_of_rust_that_the_workspace_names() {
    let manifest = read("Cargo.toml");
    let line = manifest
        .lines()
        .find(|line| line.starts_with("rust-version"))
        .unwrap();
    let version = line.split('"').nth(1).unwrap();
    let (_, base) = dockerfile()
        .into_iter()
        .find(|(name, _)| name == "FROM")
        .unwrap();
    assert!(base.starts_with(&format!("rust:{version}.")), "{base}");
}
