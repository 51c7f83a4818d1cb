//! Metrics of decisions by action and reason. Decisions of one call are added up before they are counted.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use metrics::{Counter, counter, describe_counter};
use privet_domain::rules::decisions::{Decision, Reason};

const DECISIONS: &str = "privet_decisions_total";

type Counters = HashMap<String, HashMap<Reason, Counter>>;

/// The counters by action and reason. Only few of all combinations occur, so each is created when it is first
/// needed.
#[derive(Default)]
pub(super) struct Metrics(ArcSwap<Counters>);

impl Metrics {
    /// Counts decisions about actions.
    pub fn count<'a>(&self, decisions: impl IntoIterator<Item = (&'a str, Decision)>) {
        let mut sums: Vec<(&str, Decision, u64)> = Vec::new();
        for (action, decision) in decisions {
            let mut known = sums.iter_mut();
            match known.find(|(name, it, _)| *it == decision && *name == action) {
                Some((.., number)) => *number += 1,
                None => sums.push((action, decision, 1)),
            }
        }
        for (action, decision, number) in sums {
            self.add(action, decision, number);
        }
    }

    fn add(&self, action: &str, decision: Decision, number: u64) {
        let counters = self.0.load();
        let known = counters.get(action);
        if let Some(counter) = known.and_then(|reasons| reasons.get(&decision.reason)) {
            counter.increment(number);
            return;
        }
        let counter = new(action, decision);
        counter.increment(number);
        self.0.rcu(|counters| {
            let mut counters = Counters::clone(counters);
            let reasons = counters.entry(action.to_owned()).or_default();
            reasons.insert(decision.reason, counter.clone());
            Arc::new(counters)
        });
    }
}

fn new(action: &str, decision: Decision) -> Counter {
    describe_counter!(DECISIONS, "Decisions, by action, outcome and reason.");
    let outcome = if decision.allowed {
        "allowed"
    } else {
        "refused"
    };
    counter!(
        DECISIONS,
        "action" => action.to_owned(),
        "outcome" => outcome,
        "reason" => decision.reason.as_str()
    )
}
