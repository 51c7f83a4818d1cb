//! A good history passes, and each kind of bad history is found.

use proptest::prelude::*;

use super::{Violation, Wrong, violations};
use crate::faults::consistency::history::{Operation, Outcome};
use crate::faults::consistency::values::Value;

/// A value by the number of the change that sets it.
fn value(number: u64) -> Value {
    Value::of_change(number)
}

fn operation(begun: u64, ended: u64, outcome: Outcome) -> Operation {
    Operation {
        user: 0,
        replica: 0,
        begun,
        ended,
        outcome,
    }
}

/// Of the change with this number, which left the revision behind.
fn changed(begun: u64, ended: u64, number: u64, revision: u64) -> Operation {
    let value = value(number);
    operation(begun, ended, Outcome::Changed { value, revision })
}

fn lost(begun: u64, number: u64) -> Operation {
    let value = value(number);
    operation(begun, begun + 1, Outcome::MayChange { value })
}

fn read(begun: u64, ended: u64, number: u64, revision: u64) -> Operation {
    let value = value(number);
    operation(begun, ended, Outcome::Read { value, revision })
}

fn decided(begun: u64, ended: u64, number: u64) -> Operation {
    let telling = value(number).telling();
    operation(begun, ended, Outcome::Decided { telling })
}

fn found(history: &[Operation]) -> Vec<Wrong> {
    let found = violations(history).into_iter();
    found.map(|violation| violation.wrong).collect()
}

fn assert_good(history: &[Operation]) {
    assert_eq!(violations(history), []);
}

#[test]
fn what_was_acknowledged_is_seen_afterwards() {
    assert_good(&[
        read(0, 1, 0, 1),
        changed(2, 5, 1, 2),
        read(6, 7, 1, 2),
        decided(6, 7, 1),
        changed(8, 9, 2, 3),
        decided(10, 11, 2),
        read(12, 13, 2, 3),
    ]);
}

#[test]
fn while_a_change_is_under_way_both_values_may_be_seen() {
    assert_good(&[
        changed(2, 9, 1, 2),
        read(3, 4, 0, 1),
        read(3, 6, 1, 2),
        decided(3, 6, 0),
        decided(3, 6, 1),
    ]);
}

#[test]
fn a_read_that_is_older_than_an_acknowledged_change_is_found() {
    let change = changed(2, 5, 1, 2);
    let history = [change, read(6, 7, 0, 1)];
    let wrong = Wrong::Older(change);
    let operation = history[1];
    assert_eq!(violations(&history), [Violation { wrong, operation }]);
}

#[test]
fn a_decision_that_is_older_than_an_acknowledged_change_is_found() {
    let change = changed(2, 5, 1, 2);
    assert_eq!(found(&[change, decided(6, 7, 0)]), [Wrong::Older(change)]);
}

#[test]
fn a_read_that_goes_back_is_found_even_if_the_change_was_never_acknowledged() {
    let seen = read(3, 4, 1, 2);
    let history = [changed(2, 20, 1, 2), seen, read(5, 6, 0, 1)];
    assert_eq!(found(&history), [Wrong::Older(seen)]);
    let history = [lost(2, 1), seen, read(5, 6, 0, 1)];
    assert_eq!(found(&history), [Wrong::Older(seen)]);
}

#[test]
fn a_decision_that_goes_back_is_found() {
    let (seen, told) = (read(3, 4, 1, 2), decided(3, 4, 1));
    for earlier in [seen, told] {
        let history = [changed(2, 20, 1, 2), earlier, decided(5, 6, 0)];
        assert_eq!(found(&history), [Wrong::Older(earlier)]);
    }
}

#[test]
fn a_read_that_goes_back_behind_a_decision_is_found() {
    let told = decided(3, 4, 1);
    let history = [changed(2, 20, 1, 2), told, read(5, 6, 0, 1)];
    assert_eq!(found(&history), [Wrong::Older(told)]);
}

#[test]
fn a_change_that_was_never_answered_may_be_seen_at_any_time_or_never() {
    assert_good(&[
        lost(2, 1),
        read(4, 5, 0, 1),
        decided(4, 5, 1),
        decided(4, 5, 0),
    ]);
    assert_good(&[
        lost(2, 1),
        changed(4, 5, 2, 2),
        read(6, 7, 2, 2),
        read(8, 9, 1, 3),
        read(10, 11, 1, 3),
    ]);
    assert_good(&[lost(2, 1), changed(4, 5, 2, 3), read(6, 7, 2, 3)]);
}

#[test]
fn a_change_that_was_never_answered_cannot_be_seen_before_it_is_asked_for() {
    assert_eq!(found(&[read(0, 1, 1, 2), lost(2, 1)]), [Wrong::FromNowhere]);
    let told = found(&[decided(0, 1, 1), lost(2, 1)]);
    assert!(matches!(told[..], [Wrong::Older(_)]), "{told:?}");
}

#[test]
fn a_value_that_nobody_has_set_is_found() {
    assert_eq!(found(&[read(0, 1, 1, 2)]), [Wrong::FromNowhere]);
    let early = [read(0, 1, 1, 2), changed(2, 3, 1, 2)];
    assert_eq!(found(&early), [Wrong::FromNowhere]);
}

#[test]
fn a_revision_with_two_values_is_found() {
    let lost_update = [changed(0, 3, 1, 2), changed(1, 4, 2, 2)];
    assert_eq!(found(&lost_update), [Wrong::TwoValues]);
    let torn = [changed(0, 3, 1, 2), read(4, 5, 2, 2)];
    assert_eq!(found(&torn), [Wrong::TwoValues]);
}

#[test]
fn an_acknowledged_change_behind_one_acknowledged_before_it_began_is_found() {
    let first = changed(0, 1, 1, 3);
    assert_eq!(found(&[first, changed(2, 3, 2, 2)]), [Wrong::Older(first)]);
}

#[test]
fn setting_what_stands_makes_no_revision() {
    assert_good(&[changed(0, 1, 1, 2), changed(2, 3, 1, 2), read(4, 5, 1, 2)]);
}

#[test]
fn users_have_nothing_to_do_with_each_other() {
    let of_another = Operation {
        user: 1,
        ..read(6, 7, 0, 1)
    };
    assert_good(&[changed(2, 5, 1, 2), of_another]);
}

/// What a client did at which moment, and how much before and after it asked and was answered.
#[derive(Debug, Clone)]
struct Step {
    moment: u64,
    before: u64,
    after: u64,
    kind: u8,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..1_000_u64, 0..40_u64, 0..40_u64, 0..8_u8);
    let step = step.prop_map(|(moment, before, after, kind)| Step {
        moment: 100 + moment,
        before,
        after,
        kind,
    });
    proptest::collection::vec(step, 1..200)
}

/// The history of a single copy on which each step is carried out at its moment.
fn history_of_one_copy(mut steps: Vec<Step>) -> Vec<Operation> {
    steps.sort_by_key(|step| step.moment);
    let (mut number, mut asked) = (0, 0);
    let mut revision = 1;
    let mut history = Vec::new();
    for step in steps {
        let outcome = match step.kind {
            0 => {
                asked += 1;
                number = asked;
                revision += 1;
                let value = value(number);
                Outcome::Changed { value, revision }
            }
            1 => {
                asked += 1;
                let value = value(asked);
                // Half of those that are never answered are made.
                if step.before % 2 == 0 {
                    number = asked;
                    revision += 1;
                }
                Outcome::MayChange { value }
            }
            2 | 3 => Outcome::Decided {
                telling: value(number).telling(),
            },
            _ => Outcome::Read {
                value: value(number),
                revision,
            },
        };
        let (begun, ended) = (step.moment - step.before, step.moment + step.after);
        history.push(operation(begun, ended, outcome));
    }
    history
}

/// Makes the last read that can be wrong show the first state; none if there is none.
fn with_a_stale_read(mut history: Vec<Operation>) -> Option<Vec<Operation>> {
    let changes = history
        .iter()
        .filter(|each| matches!(each.outcome, Outcome::Changed { .. }));
    let acknowledged = changes.map(|change| change.ended).min()?;
    let is_later_read = |each: &&mut Operation| {
        matches!(each.outcome, Outcome::Read { .. }) && each.begun > acknowledged
    };
    let later = history.iter_mut().rev().find(is_later_read)?;
    later.outcome = Outcome::Read {
        value: Value::DEFAULT,
        revision: 1,
    };
    Some(history)
}

proptest! {
    #[test]
    fn whatever_happens_to_a_single_copy_is_good(steps in steps()) {
        assert_good(&history_of_one_copy(steps));
    }

    #[test]
    fn one_stale_read_is_found_in_whatever_happens_to_a_single_copy(steps in steps()) {
        if let Some(history) = with_a_stale_read(history_of_one_copy(steps)) {
            let found = violations(&history);
            prop_assert_eq!(found.len(), 1);
            prop_assert!(matches!(found[0].wrong, Wrong::Older(_)), "{:?}", found);
        }
    }
}
