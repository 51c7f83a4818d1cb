//! What must be told to whom: every change after every cursor that was handed out before it was acknowledged, in one order;
//! and how old a kept decision may be.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::caches::{Cached, LATE};
use super::followers::{Followed, Step};
use super::writers::Acknowledged;

/// An answer that takes longer may have been on its way for some of the time: then only its request is known to be after a
/// cursor.
const LONG: Duration = Duration::from_millis(300);

/// Everything that happened.
#[derive(Default)]
pub struct Record {
    /// The changes.
    pub acknowledged: Vec<Acknowledged>,
    /// What followers were told.
    pub followed: Vec<Followed>,
    /// What services kept.
    pub cached: Vec<Cached>,
}

/// A follower that was not told as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    follower: String,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.follower, self.what)
    }
}

impl Acknowledged {
    /// A cursor that was handed out before this time must be before the change.
    fn after(&self) -> Instant {
        if self.ended - self.begun > LONG {
            self.begun
        } else {
            self.ended
        }
    }
}

impl Record {
    /// All violations.
    pub fn violations(&self) -> Vec<Violation> {
        let order = self.order();
        let mut found = Vec::new();
        for followed in &self.followed {
            found.extend(self.passed_over(followed));
            found.extend(out_of_order(followed, &order));
        }
        found.extend(self.cached.iter().flat_map(too_old));
        found
    }

    /// What happened, in numbers.
    pub fn summary(&self) -> String {
        let told = self.followed.iter().flat_map(|followed| &followed.steps);
        let told = told.filter(|step| matches!(step, Step::Told(_))).count();
        format!(
            "{} acknowledged changes, {} followers told of {told}, {} kept decisions forgotten",
            self.acknowledged.len(),
            self.followed.len(),
            self.forgotten()
        )
    }

    /// The number of decisions that were kept and forgotten.
    pub fn forgotten(&self) -> usize {
        self.cached.iter().map(|cached| cached.forgotten).sum()
    }

    /// The changes that a follower was not told after the last cursor that it had before them.
    fn passed_over(&self, followed: &Followed) -> Vec<Violation> {
        let mut last_told: HashMap<Uuid, usize> = HashMap::new();
        let mut cursors: Vec<(Instant, usize)> = Vec::new();
        for (index, step) in followed.steps.iter().enumerate() {
            match step {
                Step::Told(user) => {
                    last_told.insert(*user, index);
                }
                Step::Cursor(at) => cursors.push((*at, index)),
            }
        }
        let mut found = Vec::new();
        for change in &self.acknowledged {
            let before = cursors.partition_point(|(at, _)| *at < change.after());
            let Some((at, index)) = before.checked_sub(1).and_then(|last| cursors.get(last)) else {
                continue;
            };
            if last_told.get(&change.user).is_none_or(|told| told < index) {
                found.push(Violation {
                    follower: followed.name.clone(),
                    what: format!(
                        "{} was acknowledged {:?} after a cursor and not told after it",
                        change.user,
                        change.after() - *at
                    ),
                });
            }
        }
        found
    }

    /// The order in which the follower that was told most was told.
    fn order(&self) -> HashMap<Uuid, usize> {
        let longest = self.followed.iter().max_by_key(|it| it.steps.len());
        let steps = longest.into_iter().flat_map(|followed| &followed.steps);
        let mut order = HashMap::new();
        for (index, step) in steps.enumerate() {
            if let Step::Told(user) = step {
                order.entry(*user).or_insert(index);
            }
        }
        order
    }
}

/// Changes that were told in another order than to others.
fn out_of_order(followed: &Followed, order: &HashMap<Uuid, usize>) -> Option<Violation> {
    let told = followed.steps.iter().filter_map(|step| match step {
        Step::Told(user) => order.get(user),
        Step::Cursor(_) => None,
    });
    let told: Vec<_> = told.collect();
    (!told.is_sorted()).then(|| Violation {
        follower: followed.name.clone(),
        what: "was told in another order".to_owned(),
    })
}

/// Decisions that were kept for long after the changes that they do not reflect, one violation for each.
fn too_old(cached: &Cached) -> Vec<Violation> {
    let changes = cached.acknowledged.iter();
    let changes: HashMap<_, _> = changes.map(|change| (change.user, change.ended)).collect();
    let old = cached.kept.iter().filter(|kept| {
        let ended = changes.get(&kept.user);
        ended.is_some_and(|ended| kept.at > *ended + LATE)
    });
    let users: HashSet<_> = old.map(|kept| kept.user).collect();
    let violation = |user| Violation {
        follower: "a service".to_owned(),
        what: format!("keeps a decision about {user} from before a change of {LATE:?} ago"),
    };
    users.into_iter().map(violation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::feed::caches::Kept;

    fn record(steps: Vec<Step>, changes: &[(u128, Instant)]) -> Record {
        let acknowledged = changes.iter().map(|(user, at)| Acknowledged {
            user: Uuid::from_u128(*user),
            begun: *at,
            ended: *at,
        });
        Record {
            acknowledged: acknowledged.collect(),
            followed: vec![Followed {
                name: "one".to_owned(),
                steps,
            }],
            cached: Vec::new(),
        }
    }

    #[test]
    fn a_change_that_is_told_before_its_cursor_only_is_found() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let told = |user| Step::Told(Uuid::from_u128(user));
        let right = vec![Step::Cursor(at(0)), told(1), Step::Cursor(at(2)), told(2)];
        let changes = [(1, at(1)), (2, at(3))];
        assert_eq!(record(right, &changes).violations(), []);
        let early = vec![Step::Cursor(at(0)), told(1), told(2), Step::Cursor(at(2))];
        assert_eq!(record(early, &changes).violations().len(), 1);
        let missing = vec![Step::Cursor(at(0)), told(1), Step::Cursor(at(2))];
        assert_eq!(record(missing, &changes).violations().len(), 1);
    }

    #[test]
    fn a_decision_that_is_kept_for_too_long_is_found() {
        let (user, begun) = (Uuid::from_u128(1), Instant::now());
        let kept_until = |at: Instant| Cached {
            acknowledged: record(Vec::new(), &[(1, begun)]).acknowledged,
            kept: vec![Kept { user, at: begun }, Kept { user, at }],
            forgotten: 0,
        };
        assert_eq!(too_old(&kept_until(begun + LATE)), []);
        let late = begun + LATE + Duration::from_millis(1);
        assert_eq!(too_old(&kept_until(late)).len(), 1);
        // Nobody knows whether a change without an answer was made.
        let mut unknown = kept_until(late);
        unknown.acknowledged.clear();
        assert_eq!(too_old(&unknown), []);
    }
}
