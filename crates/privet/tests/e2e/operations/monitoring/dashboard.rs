//! The dashboard: Grafana can import it, and each of its panels shows a metric.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{alerts, check, documented, read};

/// The width of the grid.
const COLUMNS: u64 = 24;

fn dashboard() -> Value {
    serde_json::from_str(&read("monitoring/grafana/privet.json")).unwrap()
}

fn panels(dashboard: &Value) -> &Vec<Value> {
    dashboard["panels"].as_array().unwrap()
}

/// The requirements of Grafana's import:
/// <https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/>
#[test]
fn grafana_can_import_it() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 36);
    // A running Grafana assigns the id; an exported one would replace another dashboard.
    assert!(dashboard.get("id").is_none_or(Value::is_null));
    assert_eq!(dashboard["uid"], "privet");
    assert!(!dashboard["title"].as_str().unwrap().is_empty());
    let mut ids = BTreeSet::new();
    for panel in panels(&dashboard) {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{}", panel["id"]);
        assert!(!panel["title"].as_str().unwrap().is_empty(), "{panel}");
        let kind = panel["type"].as_str().unwrap();
        assert!(["row", "stat", "timeseries"].contains(&kind), "{kind}");
    }
}

#[test]
fn every_panel_has_a_place_of_its_own() {
    let mut taken = BTreeSet::new();
    for panel in panels(&dashboard()) {
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        let (x, y, width, height) = (side("x"), side("y"), side("w"), side("h"));
        assert!(x + width <= COLUMNS && width > 0 && height > 0, "{panel}");
        for column in x..x + width {
            for line in y..y + height {
                assert!(taken.insert((column, line)), "{}", panel["title"]);
            }
        }
    }
}

#[test]
fn every_panel_asks_the_chosen_source_for_metrics_that_there_are() {
    let (dashboard, documented) = (dashboard(), documented());
    let mut shown = BTreeSet::new();
    for panel in panels(&dashboard)
        .iter()
        .filter(|panel| panel["type"] != "row")
    {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        let mut references = BTreeSet::new();
        for target in panel["targets"].as_array().unwrap() {
            assert!(
                references.insert(target["refId"].as_str().unwrap()),
                "{panel}"
            );
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
            let expression = target["expr"].as_str().unwrap();
            let place = panel["title"].as_str().unwrap();
            shown.append(&mut check(place, expression, &documented));
            assert!(expression.contains("job=\"$job\""), "{expression}");
            let opened = expression.matches(['(', '{', '[']).count();
            let closed = expression.matches([')', '}', ']']).count();
            assert_eq!(opened, closed, "{expression}");
        }
        assert!(!references.is_empty(), "{panel}");
    }
    let documented: BTreeSet<String> = documented.into_keys().collect();
    assert_eq!(shown, documented, "each metric is on the dashboard");
}

#[test]
fn its_variables_are_a_source_a_job_and_replicas() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<_> = variables
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    assert_eq!(variables[0]["type"], "datasource");
    assert_eq!(variables[0]["query"], "prometheus");
    for variable in &variables[1..] {
        assert_eq!(variable["type"], "query");
        assert_eq!(variable["datasource"]["uid"], "${datasource}");
    }
}

#[test]
fn alerts_that_panels_name_are_alerts() {
    let (dashboard, alerts) = (dashboard(), alerts());
    for panel in panels(&dashboard) {
        let Some(description) = panel["description"].as_str() else {
            continue;
        };
        let words = description.split(|letter: char| !letter.is_ascii_alphanumeric());
        let named = words.filter(|word| word.len() > "Privet".len() && word.starts_with("Privet"));
        for name in named {
            assert!(alerts.contains_key(name), "{name} in {}", panel["title"]);
        }
    }
}
