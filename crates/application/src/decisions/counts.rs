//! How often what was decided, and why. A thousand decisions at once are added up before they are counted.

use std::sync::OnceLock;

use metrics::{Counter, counter, describe_counter};
use privet_domain::decisions::{Action, Decision, Reason};

const DECISIONS: &str = "privet_decisions_total";
const REASONS: usize = Reason::ALL.len();

/// One for each action and reason. Few of them ever are, so that none is made before it is.
static COUNTERS: [OnceLock<Counter>; Action::ALL.len() * REASONS] =
    [const { OnceLock::new() }; Action::ALL.len() * REASONS];

/// Counts decisions.
pub(crate) fn count(decisions: impl IntoIterator<Item = (Action, Decision)>) {
    let mut sums = [None::<(Action, Decision, u64)>; Action::ALL.len() * REASONS];
    for (action, decision) in decisions {
        if let Some(sum) = sums.get_mut(place(action, decision.reason)) {
            let (.., number) = sum.get_or_insert((action, decision, 0));
            *number += 1;
        }
    }
    let sums = COUNTERS.iter().zip(sums);
    for (counter, (action, decision, number)) in sums.filter_map(|(c, sum)| Some((c, sum?))) {
        counter
            .get_or_init(|| new(action, decision))
            .increment(number);
    }
}

/// Both are numbered in the order of their `ALL`.
const fn place(action: Action, reason: Reason) -> usize {
    action as usize * REASONS + reason as usize
}

fn new(action: Action, decision: Decision) -> Counter {
    describe_counter!(DECISIONS, "Decisions, by action, outcome and reason.");
    let outcome = if decision.allowed {
        "allowed"
    } else {
        "refused"
    };
    counter!(
        DECISIONS,
        "action" => action.as_str(),
        "outcome" => outcome,
        "reason" => decision.reason.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_and_reason_has_a_place_of_its_own() {
        let places = Action::ALL
            .into_iter()
            .flat_map(|action| Reason::ALL.map(|reason| place(action, reason)));
        assert!(places.eq(0..COUNTERS.len()));
    }
}
