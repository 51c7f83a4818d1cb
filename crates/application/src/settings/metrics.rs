//! Metrics of reading and changing users' rows.

use metrics::{Counter, counter, describe_counter};
use privet_domain::catalogue::Family;

use crate::settings::cache::Cached;

const CACHE_READS: &str = "privet_cache_reads_total";
const CHANGES: &str = "privet_settings_changes_total";
const CONFLICTS: &str = "privet_settings_conflicts_total";
const AUDIT_ENTRIES: &str = "privet_audit_entries_total";
const EXPIRED_ENTRIES: &str = "privet_audit_entries_expired_total";

/// The series, looked up once.
#[derive(Clone)]
pub(super) struct Metrics {
    hit: Counter,
    miss: Counter,
    away: Counter,
    /// By family and outcome.
    changes: Vec<(Family, ChangeOutcome, Counter)>,
    /// Changes that were computed again after a concurrent change.
    pub conflicts: Counter,
    /// Stored audit entries.
    pub audit_entries: Counter,
    /// Audit entries deleted because of their age.
    pub expired_entries: Counter,
}

/// The outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeOutcome {
    /// It was stored.
    Stored,
    /// The values were the same.
    Unchanged,
    /// A condition of the caller did not hold.
    PreconditionFailed,
    /// A layer forbids a value of the change.
    Locked,
}

impl ChangeOutcome {
    const ALL: [Self; 4] = [
        Self::Stored,
        Self::Unchanged,
        Self::PreconditionFailed,
        Self::Locked,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Unchanged => "unchanged",
            Self::PreconditionFailed => "precondition_failed",
            Self::Locked => "locked",
        }
    }
}

impl Metrics {
    pub fn new() -> Self {
        describe_counter!(
            CACHE_READS,
            "Reads of a user's settings through the cache: hit, miss, or away if the cache could not be used."
        );
        describe_counter!(
            CHANGES,
            "Changes of settings by family and outcome: stored, unchanged, precondition_failed, or locked."
        );
        describe_counter!(
            CONFLICTS,
            "Changes of settings computed again after a concurrent change."
        );
        describe_counter!(AUDIT_ENTRIES, "Audit entries stored.");
        describe_counter!(
            EXPIRED_ENTRIES,
            "Audit entries deleted because they were older than the retention."
        );
        let reads = |result| counter!(CACHE_READS, "result" => result);
        let changes = Family::ALL.into_iter().flat_map(|family| {
            ChangeOutcome::ALL.map(|change| {
                let outcome = change.name();
                let counter = counter!(CHANGES, "family" => family.as_str(), "outcome" => outcome);
                (family, change, counter)
            })
        });
        Self {
            hit: reads("hit"),
            miss: reads("miss"),
            away: reads("away"),
            changes: changes.collect(),
            conflicts: counter!(CONFLICTS),
            audit_entries: counter!(AUDIT_ENTRIES),
            expired_entries: counter!(EXPIRED_ENTRIES),
        }
    }

    pub fn read(&self, cached: &Cached) {
        let counter = match cached {
            Cached::Row(_) => &self.hit,
            Cached::Nothing(_) => &self.miss,
            Cached::Unreachable => &self.away,
        };
        counter.increment(1);
    }

    /// Counts a change of a family. Changes of cohorts and by the staff are counted by their audit entries
    /// only.
    pub fn change(&self, family: Option<Family>, outcome: ChangeOutcome) {
        let Some(family) = family else {
            return;
        };
        let mut changes = self.changes.iter();
        let is_it = |(of, change, _): &&(Family, ChangeOutcome, Counter)| {
            *of == family && *change == outcome
        };
        if let Some((.., counter)) = changes.find(is_it) {
            counter.increment(1);
        }
    }
}
