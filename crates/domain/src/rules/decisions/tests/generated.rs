//! Decisions with generated catalogues, layers and cohorts, compared with the evaluator made of tables.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::naive::{Rule, Side, in_force, name_of};
use super::*;
use crate::catalogue::audience::Audience;

const COHORTS: [&str; 2] = ["minor", "staff"];
/// Settings of the built-in catalogues that layers bound and users choose.
const BUILT_IN: [&str; 4] = [
    "account.is_private",
    "email.allow_email_contact",
    "messaging.show_read_receipts",
    "messaging.who_can_see_profile",
];

fn audiences() -> Vec<&'static str> {
    Audience::ALL.map(Audience::as_str).to_vec()
}

/// A setting of an operator's catalogue.
fn setting() -> impl Strategy<Value = Value> {
    let switch = any::<bool>().prop_map(|default| json!({"type": "switch", "default": default}));
    let audience =
        (subsequence(audiences(), 2..=8), any::<Index>()).prop_map(|(values, default)| {
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

/// What a layer says of some settings: for each an own default or none, and what it allows or nothing of it.
type Bounds = Vec<(Index, Option<Index>, Option<Vec<Index>>)>;

fn layers() -> impl Strategy<Value = Vec<(Option<&'static str>, Bounds)>> {
    let indices = || prop::collection::vec(any::<Index>(), 1..4);
    let bound = (
        any::<Index>(),
        prop::option::of(any::<Index>()),
        prop::option::of(indices()),
    );
    let bounds = prop::collection::vec(bound, 0..4);
    let cohort = prop::option::of(select(COHORTS.to_vec()));
    prop::collection::vec((cohort, bounds), 0..5)
}

/// The default that a layer which has none of its own inherits.
fn inherited(layers: &[Value], name: &str, own: &Value) -> Value {
    let everybody = layers
        .iter()
        .rev()
        .filter(|layer| layer.get("cohort").is_none());
    let mut defaults = everybody.filter_map(|layer| layer["defaults"].get(name));
    defaults.next().unwrap_or(own).clone()
}

fn layer(
    place: usize,
    cohort: Option<&str>,
    bounds: &Bounds,
    settings: &[(String, Vec<Value>, Value)],
    before: &[Value],
) -> Value {
    let mut layer = json!({"name": format!("layer {place}"), "defaults": {}, "allowed": {}});
    if let Some(cohort) = cohort {
        layer["cohort"] = cohort.into();
    }
    for (which, default, allowed) in bounds {
        let (name, values, own) = which.get(settings);
        let default = default.map(|it| it.get(values).clone());
        if let Some(allowed) = allowed {
            let needed = default
                .clone()
                .unwrap_or_else(|| inherited(before, name, own));
            let mut list = vec![needed];
            for value in allowed.iter().map(|it| it.get(values)) {
                if !list.contains(value) {
                    list.push(value.clone());
                }
            }
            layer["allowed"][name] = list.into();
        } else {
            layer["allowed"].as_object_mut().unwrap().remove(name);
        }
        match default {
            Some(default) => layer["defaults"][name] = default,
            None => drop(layer["defaults"].as_object_mut().unwrap().remove(name)),
        }
    }
    layer
}

/// Settings that layers may name: dotted name, values, own default.
fn bounded_settings(settings: &[Value]) -> Vec<(String, Vec<Value>, Value)> {
    let booleans = vec![json!(true), json!(false)];
    let values = |setting: &Value| match setting["values"].as_array() {
        Some(values) => values.clone(),
        None => booleans.clone(),
    };
    let own = settings.iter().enumerate().map(|(place, setting)| {
        let name = format!("messaging.own_{place}");
        (name, values(setting), setting["default"].clone())
    });
    let core = Catalogue::core();
    let built_in = BUILT_IN.map(|name| {
        let (_, setting) = core.find(name).unwrap();
        let default = setting.value(setting.default_value()).clone();
        (name.to_owned(), setting.values().to_vec(), default)
    });
    own.chain(built_in).collect()
}

fn document() -> impl Strategy<Value = Value> {
    let settings = prop::collection::vec(setting(), 1..6);
    let needs_of_actions = prop::collection::vec(any::<Index>(), 1..5);
    let actions = prop::collection::vec((needs_of_actions, any::<[bool; 2]>()), 1..5);
    let extends = select(vec!["core", "messenger"]);
    (settings, actions, layers(), extends).prop_map(|(settings, actions, layers, extends)| {
        let cohorts =
            json!({"minor": {"description": "Under 18."}, "staff": {"description": "Staff."}});
        let mut document =
            json!({"extends": extends, "settings": {}, "actions": {}, "cohorts": cohorts});
        for (place, (wanted, [admin, reciprocal])) in actions.iter().enumerate() {
            document["actions"][format!("act_{place}")] = json!({"title": "T", "description": "D.",
                "needs": needs(&settings, wanted), "admin": admin, "reciprocal": reciprocal});
        }
        let bounded = bounded_settings(&settings);
        let mut declared: Vec<Value> = Vec::new();
        for (place, (cohort, bounds)) in layers.iter().enumerate() {
            declared.push(layer(place, *cohort, bounds, &bounded, &declared));
        }
        document["layers"] = declared.into();
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
    let own = (0..5).map(|place| format!("messaging.own_{place}"));
    let names = own.chain(BUILT_IN.map(str::to_owned));
    let others = [json!(true), json!(false), json!(null), json!(1)];
    let values = audiences().into_iter().map(Value::from).chain(others);
    let entry = (
        select(names.collect::<Vec<_>>()),
        select(values.collect::<Vec<_>>()),
    );
    prop::collection::vec(entry, 0..9).prop_map(|entries| entries.into_iter().collect())
}

/// One of the two users.
#[derive(Debug, Clone)]
struct User {
    choices: Map<String, Value>,
    cohorts: Vec<&'static str>,
    exception: Option<Exception>,
}

fn user() -> impl Strategy<Value = User> {
    let exception = prop::option::of(select(Exception::ALL.to_vec()));
    let cohorts = subsequence(COHORTS.to_vec(), 0..=2);
    (choices(), cohorts, exception).prop_map(|(choices, cohorts, exception)| User {
        choices,
        cohorts,
        exception,
    })
}

impl User {
    fn settings(&self, catalogue: &Catalogue) -> EffectiveSettings {
        let choices = Choices::from_stored(self.choices.clone());
        catalogue.in_force(&choices, &Cohorts::of(self.cohorts.iter().copied()))
    }

    /// The exceptions for the other user: the same for every action.
    fn exceptions(&self, catalogue: &Catalogue) -> Exceptions {
        let actions = catalogue.actions().iter();
        let exceptions = actions.filter_map(|rule| Some((rule.name(), self.exception?)));
        Exceptions::of(exceptions)
    }

    fn values(&self, document: &Value, rule: &Rule) -> Vec<String> {
        let needs = rule.needs.iter();
        let values = needs.map(|(name, _)| in_force(document, name, &self.choices, &self.cohorts));
        values.map(|value| name_of(&value).to_owned()).collect()
    }
}

proptest! {
    #[test]
    fn generated_catalogues_decide_as_the_tables_do(
        document in document(),
        subject in user(),
        viewer in user(),
        bits in 0..512_u32,
    ) {
        let catalogue = Catalogue::parse(&document.to_string()).unwrap();
        let whole = catalogue.to_document();
        let facts = Facts {
            settings: subject.settings(&catalogue),
            exceptions: subject.exceptions(&catalogue),
            relationship: relationship(bits),
            viewer: Viewer::Known {
                settings: viewer.settings(&catalogue),
                exceptions: viewer.exceptions(&catalogue),
            },
        };
        for explained in explain(&catalogue, &facts) {
            prop_assert_eq!(explained.decision, decide(explained.rule, &facts, false));
        }
        for action in catalogue.actions() {
            let rule = Rule::of(&whole, action.name());
            let values = [&subject, &viewer].map(|user| user.values(&whole, &rule));
            let [of_subject, of_viewer] =
                values.each_ref().map(|values| values.iter().map(String::as_str).collect::<Vec<_>>());
            let side = |values, user: &User| Side {
                values,
                exception: user.exception.map(Exception::as_str),
            };
            let sides = (side(&*of_subject, &subject), side(&*of_viewer, &viewer));
            for admin in BOOLEANS {
                let Decision { allowed, reason } = decide(action, &facts, admin);
                let expected = rule.expected(sides.0, sides.1, relationship(bits), admin);
                prop_assert_eq!((allowed, reason.as_str()), expected, "{}", action.name());
            }
        }
    }
}
