//! Decisions with generated catalogues and choices, compared with the naive evaluator.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const AUDIENCES: [&str; 3] = ["everyone", "contacts", "nobody"];

/// A setting of an operator's catalogue, by its index.
fn setting() -> impl Strategy<Value = Value> {
    let switch = any::<bool>().prop_map(|default| json!({"type": "switch", "default": default}));
    let audience = (1..3_usize, any::<Index>()).prop_map(|(skipped, default)| {
        let values: Vec<_> = AUDIENCES
            .iter()
            .filter(|it| **it != AUDIENCES[skipped])
            .collect();
        json!({"type": "audience", "values": values, "default": default.get(&values)})
    });
    let choice = select(vec![json!(null), json!(1), json!("x"), json!(false)]).prop_map(
        |default| json!({"type": "choice", "values": [null, 1, "x", false], "default": default}),
    );
    prop_oneof![switch, audience, choice]
}

fn needs(settings: &[Value], wanted: &[Index]) -> Vec<String> {
    let own = settings.iter().enumerate();
    let own = own.filter(|(_, it)| it["type"] != "choice");
    let own = own.map(|(place, _)| format!("own_{place}"));
    let core = [
        "show_read_receipts",
        "who_can_see_profile",
        "email.allow_email_contact",
        "account",
    ];
    let all: Vec<_> = own.chain(core.map(str::to_owned)).collect();
    let mut needs: Vec<String> = Vec::new();
    for index in wanted {
        let need = index.get(&all).clone();
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

fn document() -> impl Strategy<Value = Value> {
    let settings = prop::collection::vec(setting(), 1..6);
    let actions = prop::collection::vec(
        (prop::collection::vec(any::<Index>(), 1..5), any::<bool>()),
        1..5,
    );
    (settings, actions).prop_map(|(settings, actions)| {
        let mut document = json!({"settings": {}, "actions": {}});
        for (place, (wanted, admin)) in actions.iter().enumerate() {
            document["actions"][format!("act_{place}")] = json!({"title": "T", "description": "D.",
                "needs": needs(&settings, wanted), "admin": admin});
        }
        for (place, mut setting) in settings.into_iter().enumerate() {
            setting["title"] = "T".into();
            setting["description"] = "D.".into();
            document["settings"][format!("own_{place}")] = setting;
        }
        document
    })
}

/// Values that some settings accept and others do not, for existing and unknown settings.
fn choices() -> impl Strategy<Value = Map<String, Value>> {
    let names = [
        "own_0",
        "own_1",
        "own_2",
        "own_3",
        "own_4",
        "show_read_receipts",
        "who_can_see_profile",
    ];
    let names = names.map(|name| format!("messaging.{name}"));
    let names = names
        .into_iter()
        .chain(["account.is_private", "email.allow_email_contact"].map(str::to_owned));
    let values = [
        json!(true),
        json!(false),
        json!("everyone"),
        json!("contacts"),
        json!("nobody"),
        json!(null),
        json!(1),
    ];
    let entry = (select(names.collect::<Vec<_>>()), select(values.to_vec()));
    prop::collection::vec(entry, 0..9).prop_map(|entries| entries.into_iter().collect())
}

proptest! {
    #[test]
    fn generated_catalogues_decide_as_the_naive_evaluator_does(
        document in document(),
        choices in choices(),
        bits in 0..32_usize,
    ) {
        let catalogue = Catalogue::parse(&document.to_string()).unwrap();
        let whole = catalogue.to_document();
        let relationship = all_relationships().nth(bits).unwrap();
        let facts = facts(&catalogue, &choices, relationship);
        for rule in catalogue.actions() {
            for admin in BOOLEANS {
                let Decision { allowed, reason } = decide(rule, &facts, admin);
                let expected = naive::expected(&whole, rule.name(), &choices, relationship, admin);
                prop_assert_eq!((allowed, reason.as_str()), expected, "{}", rule.name());
            }
        }
    }
}
