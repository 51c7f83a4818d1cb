//! Compares `docs/operations.md` and `monitoring/` with the program and its sources, in both directions.

mod dashboard;
mod events;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::document::Document;
use crate::support::{Backend, Database, SECRET, Server, Setup, Token, new_user_id};

/// Labels that Prometheus adds, and the label of buckets.
const NOT_OURS: [&str; 3] = ["instance", "job", "le"];

/// The type and the labels of a metric.
type Metric = (String, BTreeSet<String>);

fn read(name: &str) -> String {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cells of table rows that begin with a name in backticks.
fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

fn quoted(cell: &str) -> BTreeSet<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// The metrics on the page.
fn documented() -> BTreeMap<String, Metric> {
    let page = read("docs/operations.md");
    let types = ["counter", "gauge", "histogram"];
    let rows = rows(&page).into_iter();
    let metrics = rows.filter(|cells| types.contains(&&*cells[1]));
    metrics
        .map(|cells| {
            let name = cells[0].trim_matches('`').to_owned();
            assert!(!cells[3].is_empty(), "{name} means nothing");
            (name, (cells[1].clone(), quoted(&cells[2])))
        })
        .collect()
}

/// The metrics of a server.
fn shown(text: &str) -> BTreeMap<String, Metric> {
    let mut metrics = BTreeMap::new();
    let mut described = BTreeSet::new();
    let (mut family, mut kind) = ("", "");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(!help.is_empty(), "{name} has no help");
            assert!(described.insert(name), "{name} is there twice");
        } else if let Some(head) = line.strip_prefix("# TYPE ") {
            (family, kind) = head.split_once(' ').unwrap();
            assert!(described.contains(family), "{family} has no help");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            assert!(name.starts_with(family), "{line} stands below {family}");
            let labels = line.split_once('{').map_or("", |(_, labels)| labels);
            let names = labels
                .split("=\"")
                .map(|part| part.rsplit(['{', ',']).next().unwrap());
            let names = names.filter(|name| !name.contains('}') && *name != "le");
            let labels = names.filter(|name| !name.is_empty()).map(str::to_owned);
            metrics.insert(family.to_owned(), (kind.to_owned(), labels.collect()));
        }
    }
    metrics
}

/// The metrics of servers on both stores after some requests: all metrics.
async fn all_shown() -> BTreeMap<String, Metric> {
    let mut all = BTreeMap::new();
    for setup in [Setup::PostgresRedis, Setup::from(Backend::Sqlite)] {
        let database = Database::fresh(setup).await;
        let server = Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")]).await;
        let token = Token::of(new_user_id()).claim("scope", "privacy:decide");
        let service = server.bearer(&token.sign(SECRET));
        let check =
            json!({"viewer": new_user_id(), "subject": new_user_id(), "action": "view_profile"});
        let checks = json!({"checks": [check]});
        let answer = service.post("/api/v1/privacy/decisions", checks).await;
        assert_eq!(answer.status, 200, "{answer}");
        all.append(&mut shown(&crate::support::metrics::text(&server).await));
    }
    all
}

#[tokio::test]
async fn every_metric_is_documented_with_its_type_and_labels_and_no_other_is() {
    let (shown, documented) = (all_shown().await, documented());
    let names =
        |metrics: &BTreeMap<String, Metric>| metrics.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&documented), names(&shown));
    assert_eq!(documented, shown);
}

/// The alerts by name.
fn alerts() -> BTreeMap<String, Value> {
    let rules: Value =
        serde_saphyr::from_str(&read("monitoring/prometheus/privet.rules.yml")).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap().clone();
    let alerts = rules.into_iter().filter(|rule| rule["alert"].is_string());
    alerts
        .map(|rule| (rule["alert"].as_str().unwrap().to_owned(), rule))
        .collect()
}

#[test]
fn every_alert_has_a_section_that_says_what_to_do_and_no_other_has() {
    let page = read("docs/operations.md");
    let alerts = alerts();
    let mut sections = BTreeSet::new();
    for section in page.split("\n### ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap();
        if !name.starts_with("Privet") {
            continue;
        }
        sections.insert(name.to_owned());
        let severity = alerts[name]["labels"]["severity"].as_str().unwrap();
        let said = if severity == "critical" {
            "*Critical.*"
        } else {
            "*Warning.*"
        };
        assert!(text.starts_with(said), "{name} is {severity}");
        assert!(text.len() > 100, "{name} says nothing");
    }
    assert_eq!(sections, alerts.keys().cloned().collect());
}

#[test]
fn every_alert_leads_to_its_section_and_is_tested_both_ways() {
    let tests = read("monitoring/prometheus/privet.rules.test.yml");
    for (name, rule) in alerts() {
        let expected = format!("docs/operations.md#{}", name.to_ascii_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], *expected, "{name}");
        assert!(rule["annotations"]["summary"].is_string(), "{name}");
        assert!(tests.contains(&expected), "{name} fires in no test");
    }
}

/// The query that `promtool` tests is the one on the page.
#[test]
fn the_objective_of_availability_is_tested_with_and_without_a_5xx() {
    let page = read("docs/operations.md");
    let row = page.lines().find(|line| line.starts_with("| answered |"));
    let cell = row.unwrap().split('`').nth(1).unwrap();
    let expression = cell.replace("\\|", "|");
    assert!(expression.contains("or vector(0)"), "{expression}");
    let tests: Value =
        serde_saphyr::from_str(&read("monitoring/prometheus/privet.rules.test.yml")).unwrap();
    let tests = tests["tests"].as_array().unwrap().iter();
    let tried = tests
        .filter_map(|test| test["promql_expr_test"].as_array().cloned())
        .flatten();
    let results: Vec<Value> = tried
        .filter(|test| test["expr"] == *expression)
        .map(|test| test["exp_samples"][0]["value"].clone())
        .collect();
    assert_eq!(results, [json!(1), json!(0.75)]);
}

/// The names of metrics and labels in a query.
fn asked(expression: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    for (index, text) in expression.split('"').enumerate() {
        // Every second part is the value of a label.
        if index % 2 == 1 {
            continue;
        }
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
        for word in text.split(|letter| !is_name(letter)) {
            let is_ours = word.starts_with("privet_") || word.starts_with("process_");
            if is_ours {
                metrics.insert(word.to_owned());
            }
        }
        let before = text.trim_end_matches(['=', '~', '!']);
        if before != text {
            let label = before.rsplit(|letter| !is_name(letter)).next().unwrap();
            labels.insert(label.to_owned());
        }
    }
    (metrics, labels)
}

/// Asserts that a query uses only existing metrics and labels.
fn check(place: &str, expression: &str, documented: &BTreeMap<String, Metric>) -> BTreeSet<String> {
    let (metrics, labels) = asked(expression);
    let mut known: BTreeSet<String> = NOT_OURS.map(str::to_owned).into();
    let mut families = BTreeSet::new();
    for name in metrics {
        let suffixes = ["_bucket", "_sum", "_count"];
        let of_histogram = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        let histogram = of_histogram.filter(|family| {
            documented
                .get(*family)
                .is_some_and(|(kind, _)| kind == "histogram")
        });
        let family = histogram.unwrap_or(&name);
        let (_, labels) = documented
            .get(family)
            .unwrap_or_else(|| panic!("{place}: {name}"));
        known.extend(labels.iter().cloned());
        families.insert(family.to_owned());
    }
    assert!(labels.is_subset(&known), "{place}: {labels:?} of {known:?}");
    families
}

#[test]
fn alerts_ask_for_metrics_and_labels_that_there_are() {
    let documented = documented();
    let rules: Value =
        serde_saphyr::from_str(&read("monitoring/prometheus/privet.rules.yml")).unwrap();
    let mut asked = BTreeSet::new();
    for rule in rules["groups"][0]["rules"].as_array().unwrap() {
        let expression = rule["expr"].as_str().unwrap();
        asked.append(&mut check(&rule.to_string(), expression, &documented));
    }
    assert!(asked.len() > 10, "{asked:?}");
}

#[tokio::test]
async fn routes_that_alerts_and_panels_leave_out_are_routes() {
    let server = Server::on_sqlite(&[]).await;
    let document = Document::of(&server).await;
    for path in [
        "/health/ready",
        "/health/live",
        "/metrics",
        "/api/v1/users/me/export",
        "/api/v1/users/me/import",
        "/api/v1/admin/import",
        "/api/v1/privacy/changes",
    ] {
        assert!(document.paths().contains_key(path), "{path}");
    }
}
