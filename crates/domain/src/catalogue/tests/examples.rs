//! The catalogues in `docs/catalogues`, which a reader may take.

use super::*;

const FORUM: &str = include_str!("../../../../../docs/catalogues/forum.json");
const DATING: &str = include_str!("../../../../../docs/catalogues/dating.json");

#[test]
fn every_example_is_taken_by_the_program_and_by_the_json_schema() {
    let schema = jsonschema::validator_for(&Catalogue::json_schema()).unwrap();
    for text in [FORUM, DATING] {
        let document: Value = serde_json::from_str(text).unwrap();
        assert!(parse(&document).is_ok(), "{:?}", faults(&document));
        let fault = schema.iter_errors(&document).next();
        assert!(fault.is_none(), "{fault:?}");
    }
}

#[test]
fn the_forum_lets_members_reach_its_moderators() {
    let forum = Catalogue::parse(FORUM).unwrap();
    let (index, _) = forum.find("messaging.who_can_write_privately").unwrap();
    let mut choices = Choices::default();
    choices.choose("messaging.who_can_write_privately", "nobody".into());
    for (cohorts, expected) in [
        (&["new_member"][..], "nobody"),
        (&["moderator"], "everyone"),
        (&["new_member", "moderator"], "everyone"),
    ] {
        let cohorts = Cohorts::of(cohorts.iter().copied());
        let in_force = forum.in_force(&choices, &cohorts);
        assert_eq!(in_force.value(&forum, index), expected, "{cohorts:?}");
    }
}

#[test]
fn the_dating_product_hides_the_distance_of_who_is_protected() {
    let dating = Catalogue::parse(DATING).unwrap();
    let protected = Cohorts::of(["protected"]);
    let (index, _) = dating.find("messaging.who_can_see_distance").unwrap();
    let nothing = Choices::default();
    let state = dating.state(index, &nothing, &protected).unwrap();
    assert_eq!((state.value, state.is_locked()), (&json!("nobody"), true));
    let (_, action) = dating.find_action("view_distance").unwrap();
    assert!(action.is_reciprocal() && action.asks_for_followed());
}

#[test]
fn the_json_schema_in_the_documentation_is_the_one_of_the_program() {
    let text = include_str!("../../../../../docs/catalogue.schema.json");
    let documented: Value = serde_json::from_str(text).unwrap();
    assert_eq!(documented, Catalogue::json_schema());
}
