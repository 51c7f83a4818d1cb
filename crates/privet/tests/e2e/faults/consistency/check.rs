//! Whether a history could be that of one copy of each user's settings, changed and read at one moment of
//! each request: what was acknowledged, or seen, before a request began is what it must show, or newer.
//! Pure; knows of no server.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;

use super::history::{Operation, Outcome, Time};
use super::values::{Telling, Value};

/// The revision of a user who has not changed anything.
pub const FIRST: u64 = 1;

/// An operation that contradicts others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong with it.
    pub wrong: Wrong,
    /// The operation.
    pub operation: Operation,
}

/// What is wrong with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It shows a state that this one, which had ended before it began, shows to be over.
    Older(Operation),
    /// Nobody had asked for what it shows before it ended.
    FromNowhere,
    /// The revision has another value elsewhere.
    TwoValues,
}

/// All contradictions in a history, by the time at which they began.
pub fn violations(history: &[Operation]) -> Vec<Violation> {
    let mut users: BTreeMap<usize, Vec<Operation>> = BTreeMap::new();
    for operation in history {
        users.entry(operation.user).or_default().push(*operation);
    }
    let mut found: Vec<_> = users.into_values().flat_map(violations_of_one).collect();
    found.sort_by_key(|violation| violation.operation.begun);
    found
}

fn violations_of_one(mut operations: Vec<Operation>) -> Vec<Violation> {
    operations.sort_by_key(|operation| operation.begun);
    let mut user = User::new(&operations);
    let mut found = user.learn_revisions(&operations);
    found.extend(user.go_through(&operations));
    found
}

/// What a revision is known to be.
#[derive(Debug, Clone, Copy)]
struct Known {
    value: Value,
    /// When it was asked for: before that nobody can have seen it.
    asked_for: Time,
}

/// A change that may have been made.
#[derive(Debug, Clone, Copy)]
struct Possible {
    value: Value,
    asked_for: Time,
}

/// What all operations of one user together say.
struct User {
    revisions: BTreeMap<u64, Known>,
    possible: Vec<Possible>,
}

impl User {
    fn new(operations: &[Operation]) -> Self {
        let first = Known {
            value: Value::DEFAULT,
            asked_for: 0,
        };
        let possible = operations.iter().filter_map(|operation| {
            let Outcome::MayChange { value } = operation.outcome else {
                return None;
            };
            let asked_for = operation.begun;
            Some(Possible { value, asked_for })
        });
        Self {
            revisions: BTreeMap::from([(FIRST, first)]),
            possible: possible.collect(),
        }
    }

    /// Learns what each revision is: first from those who made it, then from those who saw it.
    fn learn_revisions(&mut self, operations: &[Operation]) -> Vec<Violation> {
        let mut found = Vec::new();
        for operation in operations {
            if let Outcome::Changed { value, revision } = operation.outcome {
                let asked_for = operation.begun;
                let made = Known { value, asked_for };
                // Two changes to the same value may be one: the second finds that it stands already.
                let known = self.revisions.entry(revision).or_insert(made);
                if known.value != value {
                    found.push(Wrong::TwoValues.of(operation));
                }
            }
        }
        for operation in operations {
            if let Outcome::Read { value, revision } = operation.outcome {
                found.extend(self.learn_from_read(operation, value, revision));
            }
        }
        found
    }

    fn learn_from_read(
        &mut self,
        read: &Operation,
        value: Value,
        revision: u64,
    ) -> Option<Violation> {
        if let Some(known) = self.revisions.get(&revision) {
            if known.value != value {
                return Some(Wrong::TwoValues.of(read));
            }
            return (known.asked_for > read.ended).then(|| Wrong::FromNowhere.of(read));
        }
        let mut makers = self.possible.iter();
        let maker = makers.find(|change| change.value == value && change.asked_for <= read.ended);
        let Some(&Possible { value, asked_for }) = maker else {
            return Some(Wrong::FromNowhere.of(read));
        };
        self.revisions.insert(revision, Known { value, asked_for });
        None
    }

    /// Looks at the operations in the order in which they began, each against those that had ended.
    fn go_through(&self, operations: &[Operation]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut under_way = BinaryHeap::new();
        let mut latest: Option<(u64, usize)> = None;
        for (index, operation) in operations.iter().enumerate() {
            while let Some(Reverse((ended, at_least, earlier))) = under_way.peek().copied()
                && ended < operation.begun
            {
                under_way.pop();
                latest = latest.max(Some((at_least, earlier)));
            }
            let (floor, earlier) = latest.unwrap_or((FIRST, index));
            match self.oldest_possible(operation, floor) {
                Some(at_least) if at_least >= floor => {
                    under_way.push(Reverse((operation.ended, at_least, index)));
                }
                Some(_) => found.push(Wrong::Older(operations[earlier]).of(operation)),
                None => {}
            }
        }
        found
    }

    /// The oldest revision that can have stood when the operation's answer was made, given that nothing
    /// below `floor` can; below it if nothing fits; none if the operation says nothing.
    fn oldest_possible(&self, operation: &Operation, floor: u64) -> Option<u64> {
        match operation.outcome {
            Outcome::Changed { revision, .. } | Outcome::Read { revision, .. } => Some(revision),
            Outcome::MayChange { .. } => None,
            Outcome::Decided { telling } => {
                if self.may_be_told(telling, operation.ended) {
                    return Some(floor);
                }
                // A revision that is asked for later was made later, and so were all above it.
                let mut stood = self
                    .revisions
                    .range(floor..)
                    .take_while(|(_, known)| known.asked_for <= operation.ended);
                let fitting = stood.find(|(_, known)| known.value.telling() == telling);
                Some(fitting.map_or(0, |(revision, _)| *revision))
            }
        }
    }

    /// Whether a change that may have been made can have been told of before then.
    fn may_be_told(&self, telling: Telling, ended: Time) -> bool {
        let mut possible = self.possible.iter();
        possible.any(|change| change.value.telling() == telling && change.asked_for <= ended)
    }
}

impl Wrong {
    const fn of(self, operation: &Operation) -> Violation {
        Violation {
            wrong: self,
            operation: *operation,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = &self.operation;
        match &self.wrong {
            Wrong::Older(earlier) => write!(f, "{operation} is older than {earlier}"),
            Wrong::FromNowhere => write!(f, "{operation} is what nobody had asked for"),
            Wrong::TwoValues => write!(f, "{operation} has another value elsewhere"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [begun, ended] = [self.begun, self.ended].map(|time| time / 1_000);
        let (user, replica, outcome) = (self.user, self.replica, self.outcome);
        write!(
            f,
            "[{begun}–{ended} µs, user {user}, replica {replica}: {outcome:?}]"
        )
    }
}
