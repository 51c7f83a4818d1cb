//! What a [`FakeStore`](super::FakeStore) holds, and what all its ports ask of it.

use std::cmp::Reverse;
use std::collections::HashMap;

use privet_domain::relationships::blocks::Block;
use privet_domain::relationships::contacts::Contact;
use privet_domain::relationships::exceptions::{Exceptions, PersonWithExceptions};
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::looks::Look;
use privet_domain::settings::user::User;
use privet_domain::{Pair, Timestamp, UserId};

use crate::accounts::receipts::DeletedCounts;
use crate::relationships::{ListQuery, Party, Position};
use crate::rules::decisions::{Inquiry, StoredParty};
use crate::settings::RowChange;
use crate::user_events::UserEvent;

/// The tables.
#[derive(Default)]
pub(super) struct State {
    pub rows: HashMap<UserId, User>,
    pub entries: Vec<AuditEntry>,
    pub looks: Vec<Look>,
    /// When they were added, and whether they are close friends.
    pub contacts: HashMap<Pair, (Timestamp, bool)>,
    pub blocks: HashMap<Pair, Timestamp>,
    pub exceptions: HashMap<Pair, (Exceptions, Timestamp)>,
    pub follows: HashMap<Pair, Follow>,
    pub tombstones: HashMap<UserId, Timestamp>,
    /// What was deleted of erased users, and their signed receipts.
    pub receipts: HashMap<UserId, (DeletedCounts, Option<String>)>,
    /// Erased users of whom rows are left, in the order in which their erasures began.
    pub under_way: Vec<UserId>,
    /// No table: what was stored of changes of settings.
    pub settings_events: Vec<UserEvent>,
    /// No table: what was asked for decisions.
    pub inquiries: Vec<Vec<Inquiry>>,
}

impl State {
    pub fn is_erased(&self, user_id: UserId) -> bool {
        self.tombstones.contains_key(&user_id)
    }

    /// Which of the two was erased; of both, the one who acts.
    pub fn erased_party(&self, pair: Pair) -> Option<Party> {
        let erased = |(user_id, party)| self.is_erased(user_id).then_some(party);
        let parties = [(pair.actor(), Party::Actor), (pair.other(), Party::Other)];
        parties.into_iter().find_map(erased)
    }

    fn are_both_here(&self, pair: Pair) -> bool {
        self.erased_party(pair).is_none()
    }

    /// Stores the row and what is recorded with it.
    pub fn put(&mut self, change: RowChange) {
        self.entries.extend_from_slice(change.event.entries());
        self.settings_events.push(change.event);
        self.rows.insert(change.row.id, change.row);
    }

    /// What decisions ask of the pair's actor.
    pub fn party(&self, pair: Pair) -> StoredParty {
        let exceptions = self.exceptions.get(&pair);
        StoredParty {
            exceptions: exceptions.map(|(it, _)| it.clone()).unwrap_or_default(),
            ..self.party_alone(pair.actor())
        }
    }

    /// The same without exceptions.
    pub fn party_alone(&self, user_id: UserId) -> StoredParty {
        let row = self.rows.get(&user_id);
        row.map(|row| StoredParty {
            choices: row.choices.clone(),
            cohorts: row.cohorts.clone(),
            exceptions: Exceptions::default(),
        })
        .unwrap_or_default()
    }

    pub fn contact(&self, pair: Pair) -> Option<Contact> {
        let (added_at, close_friend) = *self.contacts.get(&pair)?;
        self.are_both_here(pair).then(|| Contact {
            user_id: pair.other(),
            mutual: self.contacts.contains_key(&pair.reversed()),
            close_friend,
            added_at,
        })
    }

    pub fn block(&self, pair: Pair) -> Option<Block> {
        let blocked_at = *self.blocks.get(&pair)?;
        self.are_both_here(pair).then(|| Block {
            user_id: pair.other(),
            blocked_at,
        })
    }

    pub fn person(&self, pair: Pair) -> Option<PersonWithExceptions> {
        let (exceptions, updated_at) = self.exceptions.get(&pair)?;
        self.are_both_here(pair).then(|| PersonWithExceptions {
            user_id: pair.other(),
            exceptions: exceptions.clone(),
            updated_at: *updated_at,
        })
    }

    /// How many rows of a table somebody owns.
    pub fn owned<T>(table: &HashMap<Pair, T>, owner: UserId) -> usize {
        table.keys().filter(|pair| pair.actor() == owner).count()
    }

    pub fn follow(&self, pair: Pair) -> Option<Follow> {
        let follow = self.follows.get(&pair).copied();
        follow.filter(|_| self.are_both_here(pair))
    }

    /// The follows and requests that anybody is shown.
    pub fn visible_follows(&self) -> impl Iterator<Item = Follow> {
        self.follows.keys().filter_map(|pair| self.follow(*pair))
    }
}

/// The part of a list that is asked for.
pub(super) fn part<T>(items: impl Iterator<Item = (Position, T)>, query: &ListQuery) -> Vec<T> {
    let behind = |position: &Position| query.behind.is_none_or(|behind| *position < behind);
    let mut items: Vec<_> = items.filter(|(position, _)| behind(position)).collect();
    items.sort_by_key(|(position, _)| Reverse(*position));
    let items = items.into_iter().take(query.limit as usize);
    items.map(|(_, item)| item).collect()
}
