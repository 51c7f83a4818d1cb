//! What an import of a document does: pure, so that a dry run can answer it.

use std::collections::{HashMap, HashSet};

use privet_domain::catalogue::{Catalogue, ChoicesUpdate, WantedChoice};
use privet_domain::relationships::blocks::MOST_BLOCKS;
use privet_domain::relationships::contacts::MOST_CONTACTS;
use privet_domain::relationships::exceptions::{Exceptions, MOST_PEOPLE_WITH_EXCEPTIONS};
use privet_domain::settings::user::User;
use privet_domain::transfer::known_choices;
use privet_domain::transfer::own::{OwnContact, OwnDocument};
use privet_domain::{Pair, Timestamp, UserId};
use serde_json::{Map, Value};

use super::{LeftOut, OwnImport, OwnMode, SectionCounts, Standing};
use crate::transfer::ImportedContact;

const ONESELF: &str = "is the importer";
pub(super) const ERASED: &str = "was erased";
pub(super) const FULL: &str = "the list has its maximum length";
pub(super) const BLOCKED: &str = "is blocked by the importer";

/// The changes of an import, and what is told of them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub told: OwnImport,
    pub update: ChoicesUpdate,
    pub contacts: Vec<ImportedContact>,
    pub removed_contacts: Vec<Pair>,
    pub blocks: Vec<(Pair, Timestamp)>,
    pub removed_blocks: Vec<Pair>,
    pub exceptions: Vec<(Pair, Exceptions)>,
    pub removed_exceptions: Vec<Pair>,
    pub follows: Vec<Pair>,
}

impl Plan {
    pub fn of(
        catalogue: &Catalogue,
        mode: OwnMode,
        standing: &Standing,
        document: &OwnDocument,
        now: Timestamp,
    ) -> Self {
        let mut planning = Planning {
            catalogue,
            replaces: mode == OwnMode::Replace,
            standing,
            now,
            plan: Self::default(),
        };
        planning.settings(&document.choices);
        planning.contacts(document);
        planning.blocks(document);
        planning.exceptions(document);
        planning.follows(document);
        planning.plan
    }
}

struct Planning<'a> {
    catalogue: &'a Catalogue,
    replaces: bool,
    standing: &'a Standing,
    now: Timestamp,
    plan: Plan,
}

impl Planning<'_> {
    fn leave_out(&mut self, what: String, why: &str) {
        let why = why.to_owned();
        self.plan.told.left_out.push(LeftOut { what, why });
    }

    /// The importer and another user; `None`, and left out, for who cannot be that.
    fn pair(&mut self, kind: &str, other: UserId) -> Option<Pair> {
        let why = match Pair::new(self.standing.user.id, other) {
            Ok(pair) if !self.standing.erased.contains(&other) => return Some(pair),
            Ok(_) => ERASED,
            Err(_) => ONESELF,
        };
        self.leave_out(format!("{kind}.{other}"), why);
        None
    }

    fn settings(&mut self, wanted: &Map<String, Value>) {
        let user = &self.standing.user;
        let (mut choices, mut chosen) = (Vec::new(), HashSet::new());
        for (name, value) in wanted {
            match self.choice(user, name, value) {
                Ok(choice) => {
                    chosen.insert(name);
                    let stood = user.choices_of(choice.family()).get(choice.name());
                    let is_same = stood == choice.value();
                    count(&mut self.plan.told.settings, stood.is_some(), is_same);
                    choices.push(choice);
                }
                Err(why) => {
                    self.plan.told.settings.left_out += 1;
                    self.leave_out(name.clone(), &why);
                }
            }
        }
        if self.replaces {
            let stand = known_choices(self.catalogue, user);
            // What is left out takes the place of nothing.
            let gone = stand.keys().filter(|name| !chosen.contains(name));
            let gone = gone.filter_map(|name| self.catalogue.parse_taken_back(name).ok());
            choices.extend(gone);
        }
        self.plan.update = ChoicesUpdate::new(choices);
    }

    /// A choice that the user may make.
    fn choice(&self, user: &User, name: &str, value: &Value) -> Result<WantedChoice, String> {
        let choice = self.catalogue.parse_choice(name, value);
        let choice = choice.map_err(|error| error.message)?;
        let alone = ChoicesUpdate::new(vec![choice.clone()]);
        let locked =
            self.catalogue
                .check_choices(&alone, |family| user.choices_of(family), &user.cohorts);
        match locked {
            Ok(()) => Ok(choice),
            Err(locked) => {
                let notes = locked.fields().iter().map(|it| it.message.clone());
                Err(notes.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn contacts(&mut self, document: &OwnDocument) {
        let standing = &self.standing.contacts;
        // Of somebody who is there twice the last one counts.
        let wanted: HashMap<UserId, &OwnContact> = document
            .contacts
            .iter()
            .map(|it| (it.user_id, it))
            .collect();
        let removed = removed(self.replaces, standing.keys(), |it| wanted.contains_key(it));
        self.plan.removed_contacts = self.pairs(removed);
        let mut room = room(
            MOST_CONTACTS,
            standing.len() - self.plan.removed_contacts.len(),
        );
        let mut done = HashSet::new();
        for contact in &document.contacts {
            let user_id = contact.user_id;
            if !done.insert(user_id) {
                continue;
            }
            let contact = *wanted.get(&user_id).unwrap_or(&contact);
            let Some(pair) = self.pair("contacts", user_id) else {
                self.plan.told.contacts.left_out += 1;
                continue;
            };
            let stood = standing.get(&user_id).copied();
            if stood.is_none() && room == 0 {
                self.plan.told.contacts.left_out += 1;
                self.leave_out(format!("contacts.{user_id}"), FULL);
                continue;
            }
            room -= usize::from(stood.is_none());
            let kept = stood.filter(|_| !self.replaces);
            let close_friend = contact.close_friend.or(kept).unwrap_or_default();
            let is_same = stood == Some(close_friend);
            count(&mut self.plan.told.contacts, stood.is_some(), is_same);
            if !is_same {
                self.plan.contacts.push(ImportedContact {
                    pair,
                    close_friend: Some(close_friend),
                    added_at: contact.added_at.unwrap_or(self.now),
                });
            }
        }
    }

    fn blocks(&mut self, document: &OwnDocument) {
        let standing = &self.standing.blocks;
        let wanted: HashSet<UserId> = document.blocks.iter().map(|it| it.user_id).collect();
        let removed = removed(self.replaces, standing.iter(), |it| wanted.contains(it));
        self.plan.removed_blocks = self.pairs(removed);
        let mut room = room(MOST_BLOCKS, standing.len() - self.plan.removed_blocks.len());
        let mut done = HashSet::new();
        for block in &document.blocks {
            let user_id = block.user_id;
            if !done.insert(user_id) {
                continue;
            }
            let Some(pair) = self.pair("blocks", user_id) else {
                self.plan.told.blocks.left_out += 1;
                continue;
            };
            let stood = standing.contains(&user_id);
            if !stood && room == 0 {
                self.plan.told.blocks.left_out += 1;
                self.leave_out(format!("blocks.{user_id}"), FULL);
                continue;
            }
            room -= usize::from(!stood);
            count(&mut self.plan.told.blocks, stood, stood);
            if !stood {
                let at = block.blocked_at.unwrap_or(self.now);
                self.plan.blocks.push((pair, at));
            }
        }
    }

    fn exceptions(&mut self, document: &OwnDocument) {
        let standing = &self.standing.exceptions;
        let wanted: HashSet<UserId> = document.exceptions.iter().map(|it| it.user_id).collect();
        let removed = removed(self.replaces, standing.keys(), |it| wanted.contains(it));
        self.plan.removed_exceptions = self.pairs(removed);
        let kept = standing.len() - self.plan.removed_exceptions.len();
        let mut room = room(MOST_PEOPLE_WITH_EXCEPTIONS, kept);
        let mut done = HashSet::new();
        for person in &document.exceptions {
            let user_id = person.user_id;
            if !done.insert(user_id) {
                continue;
            }
            let Some(pair) = self.pair("exceptions", user_id) else {
                self.plan.told.exceptions.left_out += 1;
                continue;
            };
            let exceptions = self.known_exceptions(user_id, &person.exceptions);
            let stood = standing.get(&user_id);
            let is_full = stood.is_none() && room == 0;
            if is_full {
                self.leave_out(format!("exceptions.{user_id}"), FULL);
            }
            if is_full || exceptions.is_empty() {
                if self.replaces && stood.is_some() {
                    self.plan.removed_exceptions.push(pair);
                    room += 1;
                }
                self.plan.told.exceptions.left_out += 1;
                continue;
            }
            room -= usize::from(stood.is_none());
            let is_same = stood == Some(&exceptions);
            count(&mut self.plan.told.exceptions, stood.is_some(), is_same);
            if !is_same {
                self.plan.exceptions.push((pair, exceptions));
            }
        }
    }

    /// The exceptions that the catalogue knows. The others are left out.
    fn known_exceptions(&mut self, user_id: UserId, wanted: &Map<String, Value>) -> Exceptions {
        let mut known = wanted.clone();
        if let Err(errors) = Exceptions::parse(self.catalogue, wanted) {
            for error in errors {
                known.remove(&error.field);
                let what = format!("exceptions.{user_id}.{}", error.field);
                self.leave_out(what, &error.message);
            }
        }
        Exceptions::parse(self.catalogue, &known).unwrap_or_default()
    }

    fn follows(&mut self, document: &OwnDocument) {
        let blocked: HashSet<UserId> = self.plan.blocks.iter().map(|(it, _)| it.other()).collect();
        let freed: HashSet<UserId> = self
            .plan
            .removed_blocks
            .iter()
            .map(|it| it.other())
            .collect();
        let mut done = HashSet::new();
        for &user_id in &document.follows {
            if !done.insert(user_id) {
                continue;
            }
            let Some(pair) = self.pair("follows", user_id) else {
                self.plan.told.follows.left_out += 1;
                continue;
            };
            let stands = self.standing.blocks.contains(&user_id) && !freed.contains(&user_id);
            if stands || blocked.contains(&user_id) {
                self.plan.told.follows.left_out += 1;
                self.leave_out(format!("follows.{user_id}"), BLOCKED);
                continue;
            }
            let stood = self.standing.follows.contains(&user_id);
            count(&mut self.plan.told.follows, stood, stood);
            if !stood {
                self.plan.follows.push(pair);
            }
        }
    }

    fn pairs(&self, others: Vec<UserId>) -> Vec<Pair> {
        let owner = self.standing.user.id;
        let pairs = others.into_iter();
        pairs
            .filter_map(|other| Pair::new(owner, other).ok())
            .collect()
    }
}

/// What is taken away before a replacement: what stands and is not in the document.
fn removed<'a>(
    replaces: bool,
    standing: impl Iterator<Item = &'a UserId>,
    is_wanted: impl Fn(&UserId) -> bool,
) -> Vec<UserId> {
    let gone = standing.filter(|user_id| replaces && !is_wanted(user_id));
    gone.copied().collect()
}

fn room(most: u32, length: usize) -> usize {
    (most as usize).saturating_sub(length)
}

const fn count(counts: &mut SectionCounts, stood: bool, is_same: bool) {
    if !stood {
        counts.created += 1;
    } else if is_same {
        counts.unchanged += 1;
    } else {
        counts.changed += 1;
    }
}
