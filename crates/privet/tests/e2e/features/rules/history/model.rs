//! The contract in plain tables. Nothing here is taken from Privet's code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::steps::{Exceptions, Step, User};
use super::{ASKED, Told, questions};
use crate::support::asking::{Decision, no, yes};

/// What nobody sees of others who hides it from them.
const RECIPROCAL: [&str; 4] = [
    "view_online_status",
    "view_last_seen",
    "view_read_receipts",
    "view_typing",
];

/// Everything that is known of the users.
#[derive(Default)]
pub struct Model {
    erased: BTreeSet<User>,
    /// Who added whom, and whether as a close friend.
    contacts: BTreeMap<(User, User), bool>,
    blocks: BTreeSet<(User, User)>,
    /// Who follows whom, and whether that was accepted.
    follows: BTreeMap<(User, User), bool>,
    /// Of whom for whom.
    exceptions: BTreeMap<(User, User), Exceptions>,
    minors: BTreeSet<User>,
    /// What was set. Whatever is not here is at its default.
    settings: BTreeMap<(User, &'static str), Value>,
}

impl Model {
    /// What becomes of a step.
    pub fn take(&mut self, step: Step) -> Told {
        if let Step::Erase(user) = step {
            self.erase(user);
            return status(200);
        }
        if let Step::Classify(user, is_minor) = step {
            return self.classify(user, is_minor);
        }
        if self.erased.contains(&actor(step)) {
            return status(401);
        }
        match step {
            Step::Contact(one, other)
            | Step::Block(one, other)
            | Step::Follow(one, other)
            | Step::Except(one, other, ..)
                if one == other =>
            {
                status(400)
            }
            Step::Contact(_, other)
            | Step::Block(_, other)
            | Step::Follow(_, other)
            | Step::Except(_, other, ..)
                if self.erased.contains(&other) =>
            {
                status(404)
            }
            Step::Contact(one, other) => {
                let is_new = !self.contacts.contains_key(&(one, other));
                self.contacts.entry((one, other)).or_insert(false);
                created(is_new)
            }
            Step::Uncontact(one, other) => gone(self.contacts.remove(&(one, other)).is_some(), 204),
            Step::Mark(one, other, close) => {
                let contact = self.contacts.get_mut(&(one, other));
                let marked = contact.map(|mark| *mark = close);
                gone(marked.is_some(), 200)
            }
            Step::Except(one, other, exceptions) => {
                let before = self.exceptions.insert((one, other), exceptions);
                created(before.is_none())
            }
            Step::Unexcept(one, other) => {
                gone(self.exceptions.remove(&(one, other)).is_some(), 204)
            }
            Step::Block(one, other) => {
                let is_new = self.blocks.insert((one, other));
                if is_new {
                    self.follows.remove(&(one, other));
                    self.follows.remove(&(other, one));
                }
                created(is_new)
            }
            Step::Unblock(one, other) => gone(self.blocks.remove(&(one, other)), 204),
            Step::Follow(one, other) => self.follow(one, other),
            Step::Unfollow(one, other) => gone(self.follows.remove(&(one, other)).is_some(), 200),
            Step::RemoveFollower(one, other) => {
                let accepted = self.follows.get(&(other, one)) == Some(&true);
                if accepted {
                    self.follows.remove(&(other, one));
                }
                gone(accepted, 200)
            }
            // Who blocks somebody is shown no request of theirs.
            Step::Accept(asked, by) | Step::Decline(asked, by)
                if self.blocks.contains(&(asked, by)) =>
            {
                status(404)
            }
            Step::Accept(asked, by) => match self.follows.get_mut(&(by, asked)) {
                Some(true) => status(409),
                Some(accepted) => {
                    *accepted = true;
                    status(200)
                }
                None => status(404),
            },
            Step::Decline(asked, by) => match self.follows.get(&(by, asked)) {
                Some(true) => status(409),
                Some(false) => {
                    self.follows.remove(&(by, asked));
                    status(200)
                }
                None => status(404),
            },
            Step::Set(user, setting) => {
                let (name, value) = setting.named();
                if !self.may_be(user, name, &value) {
                    return status(403);
                }
                self.settings.insert((user, name), value);
                status(200)
            }
            Step::Leave(user) | Step::Erase(user) => {
                self.erase(user);
                status(200)
            }
            Step::Classify(user, is_minor) => self.classify(user, is_minor),
        }
    }

    fn classify(&mut self, user: User, is_minor: bool) -> Told {
        if self.erased.contains(&user) {
            return status(404);
        }
        if is_minor {
            self.minors.insert(user);
        } else {
            self.minors.remove(&user);
        }
        status(200)
    }

    fn follow(&mut self, one: User, other: User) -> Told {
        if self.blocks.contains(&(one, other)) {
            return status(404);
        }
        let is_blocked = self.blocks.contains(&(other, one));
        let by_exception = self.exception(other, one, "follow_without_approval");
        let is_public = self.setting(other, "isPrivate") == json!(false);
        let public = !is_blocked && by_exception.unwrap_or(is_public);
        let accepted = self.follows.entry((one, other)).or_insert(false);
        *accepted |= public;
        let name = if *accepted { "ACCEPTED" } else { "PENDING" };
        (200, Some(name.to_owned()))
    }

    fn erase(&mut self, user: User) {
        let concerns = |pair: &(User, User)| pair.0 == user || pair.1 == user;
        self.contacts.retain(|pair, _| !concerns(pair));
        self.exceptions.retain(|pair, _| !concerns(pair));
        self.minors.remove(&user);
        self.blocks.retain(|pair| !concerns(pair));
        self.follows.retain(|pair, _| !concerns(pair));
        self.settings.retain(|(owner, _), _| *owner != user);
        self.erased.insert(user);
    }

    /// The decisions on all questions, in their order.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> {
        questions().map(|(viewer, subject, action, is_admin)| {
            self.decide(viewer, subject, action, is_admin)
        })
    }

    /// What the owner is told about a viewer; else the status.
    pub fn explanation(&self, owner: User, viewer: User) -> Result<Vec<Decision>, u16> {
        if self.erased.contains(&owner) {
            return Err(401);
        }
        if self.erased.contains(&viewer) {
            return Err(404);
        }
        let decide = |action| self.decide(viewer, owner, action, false);
        Ok(ASKED.map(decide).into())
    }

    fn decide(&self, viewer: User, subject: User, action: &str, is_admin: bool) -> Decision {
        if viewer == subject {
            return yes("self");
        }
        if self.erased.contains(&viewer) || self.erased.contains(&subject) {
            return no("erased");
        }
        if self.blocks.contains(&(subject, viewer)) {
            return no("blocked");
        }
        match self.exception(subject, viewer, action) {
            Some(true) => return yes("exception_always"),
            Some(false) => return no("exception_never"),
            None => {}
        }
        let (mut allowed, mut reason) = self.by_rule(viewer, subject, action);
        if allowed && RECIPROCAL.contains(&action) && !self.reciprocates(viewer, subject, action) {
            (allowed, reason) = no("not_reciprocated");
        }
        if !allowed && is_admin && action == "add_to_group" {
            return yes("admin");
        }
        (allowed, reason)
    }

    /// Whether the viewer lets the subject do the same.
    fn reciprocates(&self, viewer: User, subject: User, action: &str) -> bool {
        let by_exception = self.exception(viewer, subject, action);
        by_exception.unwrap_or_else(|| self.by_rule(subject, viewer, action).0)
    }

    fn exception(&self, owner: User, person: User, action: &str) -> Option<bool> {
        let excepted = self.exceptions.get(&(owner, person))?;
        let mut later_first = excepted.iter().rev();
        let (_, always) = later_first.find(|(excepted, _)| *excepted == action)?;
        Some(*always)
    }

    /// By the subject's settings alone.
    fn by_rule(&self, viewer: User, subject: User, action: &str) -> Decision {
        let is_on = |name| self.setting(subject, name) == json!(true);
        let by_switch = |name| {
            if is_on(name) {
                yes("setting_on")
            } else {
                no("setting_off")
            }
        };
        let by_audience = |name| self.by_audience(viewer, subject, name);
        match action {
            "view_last_seen" if !is_on("show_last_seen") => no("setting_off"),
            "view_profile" | "view_online_status" | "view_last_seen" => {
                by_audience("who_can_see_profile")
            }
            "view_read_receipts" => by_switch("show_read_receipts"),
            "view_typing" => by_switch("show_typing_indicator"),
            "send_email" => by_switch("allow_email_contact"),
            "add_to_group" => by_audience("who_can_add_to_groups"),
            "call" => by_audience("who_can_call"),
            "view_stories" => by_audience("who_can_see_stories"),
            "view_content" | "follow_without_approval" if !is_on("isPrivate") => {
                yes("public_account")
            }
            "view_content" if self.follows.get(&(viewer, subject)) == Some(&true) => {
                yes("accepted_follower")
            }
            "view_content" | "follow_without_approval" => no("private_account"),
            other => panic!("{other} is no action"),
        }
    }

    fn by_audience(&self, viewer: User, subject: User, name: &'static str) -> Decision {
        let has = |one, other| self.contacts.contains_key(&(one, other));
        let follows = |one, other| self.follows.get(&(one, other)) == Some(&true);
        let added = has(subject, viewer);
        let close = self.contacts.get(&(subject, viewer)) == Some(&true);
        let (there, back) = (follows(viewer, subject), follows(subject, viewer));
        let audience = self.setting(subject, name);
        let (belongs, allowed, refused) = match audience.as_str().unwrap() {
            "everyone" => (true, "everyone", ""),
            "contacts" => (
                added && has(viewer, subject),
                "mutual_contact",
                "not_a_contact",
            ),
            "added_contacts" => (added, "added_contact", "not_a_contact"),
            "close_friends" => (close, "close_friend", "not_a_close_friend"),
            "followers" => (there, "follower", "not_a_follower"),
            "following" => (back, "followed", "not_followed"),
            "mutual_followers" => (there && back, "mutual_follower", "not_a_mutual_follower"),
            _ => (false, "", "nobody"),
        };
        if belongs { yes(allowed) } else { no(refused) }
    }

    /// What is in force: what was set where the layer of the minors allows it, else the layer's default.
    fn setting(&self, owner: User, name: &'static str) -> Value {
        let set = self.settings.get(&(owner, name));
        if let Some(value) = set.filter(|value| self.may_be(owner, name, value)) {
            return value.clone();
        }
        match name {
            "isPrivate" => json!(self.minors.contains(&owner)),
            "who_can_call" if self.minors.contains(&owner) => json!("contacts"),
            "who_can_see_profile" | "who_can_add_to_groups" | "who_can_call" => json!("everyone"),
            "who_can_see_stories" => json!("contacts"),
            _ => json!(true),
        }
    }

    /// Whether the layer of the minors allows it.
    fn may_be(&self, owner: User, name: &'static str, value: &Value) -> bool {
        let allowed = match name {
            "isPrivate" => json!([true]),
            "who_can_call" => json!(["contacts", "close_friends", "nobody"]),
            _ => return true,
        };
        !self.minors.contains(&owner) || allowed.as_array().unwrap().contains(value)
    }
}

/// Who does it. A service does what nobody does themselves.
fn actor(step: Step) -> User {
    match step {
        Step::Contact(user, _)
        | Step::Uncontact(user, _)
        | Step::Block(user, _)
        | Step::Unblock(user, _)
        | Step::Follow(user, _)
        | Step::Unfollow(user, _)
        | Step::Accept(user, _)
        | Step::Decline(user, _)
        | Step::RemoveFollower(user, _)
        | Step::Mark(user, ..)
        | Step::Except(user, ..)
        | Step::Unexcept(user, _)
        | Step::Classify(user, _)
        | Step::Set(user, _)
        | Step::Leave(user)
        | Step::Erase(user) => user,
    }
}

fn status(status: u16) -> Told {
    (status, None)
}

fn created(new: bool) -> Told {
    status(if new { 201 } else { 200 })
}

fn gone(was_there: bool, success: u16) -> Told {
    status(if was_there { success } else { 404 })
}
