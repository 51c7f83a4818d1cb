//! Many sets of cohorts, more than are remembered.

use super::*;

#[test]
fn layers_of_many_sets_of_cohorts_are_told_apart() {
    let names: Vec<_> = (0..12).map(|number| format!("c{number}")).collect();
    let cohorts = names
        .iter()
        .map(|name| (name.clone(), json!({"description": "D."})));
    let layers = names.iter().map(|name| {
        json!({"name": name, "cohort": name, "defaults": {"messaging.disappearing_messages_default": 300,
            "messaging.show_last_seen": name != "c0"}})
    });
    let document =
        json!({"cohorts": Value::Object(cohorts.collect()), "layers": layers.collect::<Vec<_>>()});
    let catalogue = parse(&document).unwrap();
    let (index, _) = catalogue.find("messaging.show_last_seen").unwrap();
    for bits in 0..4_096_usize {
        let own = names
            .iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1);
        let own = Cohorts::of(own.map(|(_, name)| name.as_str()));
        let is_on = catalogue.in_force(&Choices::default(), &own).is_on(index);
        assert_eq!(is_on, bits != 1, "{own:?}");
    }
}
