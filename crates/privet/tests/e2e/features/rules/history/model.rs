//! The contract in plain tables. Nothing here is taken from Privet's code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::steps::{Step, User};
use super::{Told, questions};
use crate::support::asking::{Decision, no, yes};

/// Everything that is known of the users.
#[derive(Default)]
pub struct Model {
    erased: BTreeSet<User>,
    contacts: BTreeSet<(User, User)>,
    blocks: BTreeSet<(User, User)>,
    /// Who follows whom, and whether that was accepted.
    follows: BTreeMap<(User, User), bool>,
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
        if self.erased.contains(&actor(step)) {
            return status(401);
        }
        match step {
            Step::Contact(one, other) | Step::Block(one, other) | Step::Follow(one, other)
                if one == other =>
            {
                status(400)
            }
            Step::Contact(_, other) | Step::Block(_, other) | Step::Follow(_, other)
                if self.erased.contains(&other) =>
            {
                status(404)
            }
            Step::Contact(one, other) => created(self.contacts.insert((one, other))),
            Step::Uncontact(one, other) => gone(self.contacts.remove(&(one, other)), 204),
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
                self.settings.insert((user, name), value);
                status(200)
            }
            Step::Leave(user) | Step::Erase(user) => {
                self.erase(user);
                status(200)
            }
        }
    }

    fn follow(&mut self, one: User, other: User) -> Told {
        if self.blocks.contains(&(one, other)) {
            return status(404);
        }
        let is_blocked = self.blocks.contains(&(other, one));
        let public = !is_blocked && self.setting(other, "isPrivate") == json!(false);
        let accepted = self.follows.entry((one, other)).or_insert(false);
        *accepted |= public;
        let name = if *accepted { "ACCEPTED" } else { "PENDING" };
        (200, Some(name.to_owned()))
    }

    fn erase(&mut self, user: User) {
        let concerns = |pair: &(User, User)| pair.0 == user || pair.1 == user;
        self.contacts.retain(|pair| !concerns(pair));
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
            "add_to_group" => match by_audience("who_can_add_to_groups") {
                (false, _) if is_admin => yes("admin"),
                decision => decision,
            },
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
        let has = |one, other| self.contacts.contains(&(one, other));
        let mutual = has(viewer, subject) && has(subject, viewer);
        match (self.setting(subject, name).as_str(), mutual) {
            (Some("everyone"), _) => yes("everyone"),
            (Some("contacts"), true) => yes("mutual_contact"),
            (Some("contacts"), false) => no("not_a_contact"),
            _ => no("nobody"),
        }
    }

    fn setting(&self, owner: User, name: &'static str) -> Value {
        let default = || match name {
            "who_can_see_profile" | "who_can_add_to_groups" => json!("everyone"),
            "isPrivate" => json!(false),
            _ => json!(true),
        };
        let set = self.settings.get(&(owner, name));
        set.cloned().unwrap_or_else(default)
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
