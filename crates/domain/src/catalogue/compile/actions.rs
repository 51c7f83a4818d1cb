//! The actions of a catalogue: new ones, and changes of built-in ones.

use super::super::action::{ActionIndex, ActionRule, Need};
use super::super::document::ActionEntry;
use super::super::family::Family;
use super::super::fault::Faults;
use super::super::setting::{SettingIndex, SettingType};
use super::{Draft, NAME_RULE, is_name};

/// The members of a built-in action that an operator may change.
const CHANGEABLE: [&str; 3] = ["title", "description", "reciprocal"];
/// The setting of the needs `account` and `public_account`.
const IS_PRIVATE: &str = "account.is_private";

impl Draft {
    pub(super) fn add_action(&mut self, entry: &ActionEntry, faults: &mut Faults) {
        match self.actions_by_name.get(&entry.name) {
            Some(Some(index)) if index.get() < self.built_in_actions => {
                if let Some(action) = self.actions.get_mut(index.get()) {
                    change_built_in(action, entry, faults);
                }
            }
            Some(_) => faults.add(&entry.path, "the action is declared twice"),
            None if is_name(&entry.name) => {
                let action = self.new_action(entry, faults);
                let index = u16::try_from(self.actions.len()).ok().map(ActionIndex::new);
                let index = index.filter(|_| action.is_some());
                self.actions_by_name.insert(entry.name.clone(), index);
                self.actions.extend(action);
            }
            None => faults.add(&entry.path, NAME_RULE),
        }
    }

    fn new_action(&self, entry: &ActionEntry, faults: &mut Faults) -> Option<ActionRule> {
        for required in ["title", "description", "needs"] {
            if !entry.given.contains(&required) {
                faults.add(&entry.path, format!("{required} is missing"));
            }
        }
        let needs = self.needs(entry, faults)?;
        Some(ActionRule {
            name: entry.name.clone(),
            title: entry.title.clone()?,
            description: entry.description.clone()?,
            needs,
            is_open_to_admins: entry.admin.unwrap_or(false),
            is_reciprocal: entry.reciprocal.unwrap_or(false),
        })
    }

    fn needs(&self, entry: &ActionEntry, faults: &mut Faults) -> Option<Vec<Need>> {
        let names = entry.needs.as_ref()?;
        let path = format!("{}.needs", entry.path);
        if names.is_empty() {
            faults.add(&path, "must name at least one setting");
            return None;
        }
        let mut needs: Vec<Need> = Vec::new();
        let mut complete = true;
        for (position, name) in names.iter().enumerate() {
            match self.need(name, &needs) {
                Ok(Some(need)) => needs.push(need),
                // The setting is invalid, which is reported there.
                Ok(None) => complete = false,
                Err(problem) => {
                    complete = false;
                    faults.add(&format!("{path}[{position}]"), problem);
                }
            }
        }
        complete.then_some(needs)
    }

    fn need(&self, name: &str, before: &[Need]) -> Result<Option<Need>, &'static str> {
        let need = match name {
            Need::ACCOUNT => self.known(IS_PRIVATE)?.map(Need::Account),
            Need::PUBLIC_ACCOUNT => self.known(IS_PRIVATE)?.map(Need::PublicAccount),
            setting => self.setting_need(setting)?,
        };
        let Some(need) = need else {
            return Ok(None);
        };
        if !before.iter().any(|other| other.setting() == need.setting()) {
            return Ok(Some(need));
        }
        Err(match need {
            Need::Account(_) | Need::PublicAccount(_) => {
                "there may be at most one of account and public_account"
            }
            Need::Switch(_) | Need::Audience(_) => "stands there twice",
        })
    }

    fn setting_need(&self, name: &str) -> Result<Option<Need>, &'static str> {
        let dotted = match name.split_once('.') {
            None => format!("{}.{name}", Family::Messaging.as_str()),
            Some((family, _)) if family == Family::Email.as_str() => name.to_owned(),
            Some((family, _)) if family == Family::Messaging.as_str() => {
                return Err("messaging settings are named without their family");
            }
            Some((family, _)) if family == Family::Preferences.as_str() => {
                return Err("preferences decide about no action");
            }
            Some((family, _)) if family == Family::Account.as_str() => {
                return Err("the account is named by account or public_account");
            }
            Some(_) => return Err("no such setting"),
        };
        let Some(index) = self.known(&dotted)? else {
            return Ok(None);
        };
        let kind = self.settings.get(index.get()).map(|setting| setting.kind);
        match kind {
            Some(SettingType::Switch) => Ok(Some(Need::Switch(index))),
            Some(SettingType::Audience) => Ok(Some(Need::Audience(index))),
            Some(SettingType::Choice) => Err("a choice decides about no action"),
            None => Ok(None),
        }
    }

    fn known(&self, dotted: &str) -> Result<Option<SettingIndex>, &'static str> {
        let found = self.settings_by_name.get(dotted);
        found.copied().ok_or("no such setting")
    }
}

fn change_built_in(action: &mut ActionRule, entry: &ActionEntry, faults: &mut Faults) {
    for member in entry
        .given
        .iter()
        .filter(|member| !CHANGEABLE.contains(member))
    {
        let problem = "a built-in action may be given reciprocal, title and description only";
        faults.add(&format!("{}.{member}", entry.path), problem);
    }
    if let Some(title) = &entry.title {
        action.title.clone_from(title);
    }
    if let Some(description) = &entry.description {
        action.description.clone_from(description);
    }
    if let Some(reciprocal) = entry.reciprocal {
        action.is_reciprocal = reciprocal;
    }
}
