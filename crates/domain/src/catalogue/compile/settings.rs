//! The settings of a catalogue: new ones, and changes of built-in ones.

use std::collections::HashSet;

use serde_json::Value;

use super::super::audience::Audience;
use super::super::document::SettingEntry;
use super::super::family::Family;
use super::super::fault::Faults;
use super::super::setting::{NewSetting, Setting, SettingIndex, SettingType, ValueIndex};
use super::{Draft, NAME_RULE, Origin, is_name};
use crate::canonical::canonical;

/// Reserved names: members of messaging requests and answers that are not settings, and needs of actions that are not
/// settings.
const RESERVED: [&str; 7] = [
    "setting",
    "settings",
    "value",
    "user_id",
    "updated_at",
    "account",
    "public_account",
];
/// The maximum number of values of a setting.
const MOST_VALUES: usize = 100;
/// The maximum length of a text value, in characters.
const LONGEST_VALUE: usize = 200;
/// The members of a built-in setting that an operator may change.
const CHANGEABLE: [&str; 3] = ["title", "description", "values"];

impl Draft {
    /// `changed` has the built-in settings that the document has changed so far.
    pub(super) fn add_setting(
        &mut self,
        entry: &SettingEntry,
        origin: Origin,
        changed: &mut HashSet<SettingIndex>,
        faults: &mut Faults,
    ) {
        let dotted = match entry.name.split_once('.') {
            Some(_) => entry.name.clone(),
            None => format!("{}.{}", Family::Messaging.as_str(), entry.name),
        };
        match self.settings_by_name.get(&dotted) {
            Some(Some(index)) if index.get() < self.built_in_settings && changed.insert(*index) => {
                if let Some(setting) = self.settings.get_mut(index.get()) {
                    change_built_in(setting, entry, faults);
                }
            }
            Some(_) => faults.add(&entry.path, "the setting is declared twice"),
            None => self.add_new(dotted, entry, origin, faults),
        }
    }

    fn add_new(
        &mut self,
        dotted: String,
        entry: &SettingEntry,
        origin: Origin,
        faults: &mut Faults,
    ) {
        let Some(family) = family_of_new(&dotted, entry, origin, faults) else {
            return;
        };
        let setting = new_setting(family, &dotted, entry, faults);
        let index = u16::try_from(self.settings.len())
            .ok()
            .map(SettingIndex::new);
        self.settings_by_name
            .insert(dotted, index.filter(|_| setting.is_some()));
        self.settings.extend(setting);
    }
}

fn family_of_new(
    dotted: &str,
    entry: &SettingEntry,
    origin: Origin,
    faults: &mut Faults,
) -> Option<Family> {
    let (family, key) = dotted.split_once('.')?;
    let family = Family::parse(family);
    if origin == Origin::Operator && entry.name.contains('.') {
        faults.add(
            &entry.path,
            "no such setting; new ones are named without a family",
        );
        return None;
    }
    if !is_name(key) {
        faults.add(&entry.path, NAME_RULE);
        return None;
    }
    if RESERVED.contains(&key) {
        faults.add(&entry.path, "the name is reserved");
        return None;
    }
    family
}

/// A new setting: all members are required, except the values of a switch.
fn new_setting(
    family: Family,
    dotted: &str,
    entry: &SettingEntry,
    faults: &mut Faults,
) -> Option<Setting> {
    let path = &entry.path;
    for required in ["type", "title", "description", "default"] {
        if !entry.given.contains(&required) {
            faults.add(path, format!("{required} is missing"));
        }
    }
    let kind = entry.kind?;
    let values = match kind {
        SettingType::Switch => {
            if entry.given.contains(&"values") {
                faults.add(
                    &format!("{path}.values"),
                    "a switch takes true and false, no other values",
                );
            }
            vec![true.into(), false.into()]
        }
        SettingType::Audience | SettingType::Choice => {
            if !entry.given.contains(&"values") {
                faults.add(path, "values is missing");
            }
            checked_values(kind, path, entry.values.as_ref()?, faults)?
        }
    };
    let mut setting = Setting::new(NewSetting {
        family,
        name: dotted.to_owned(),
        kind,
        title: entry.title.clone()?,
        description: entry.description.clone()?,
        values,
    });
    let Some(default) = setting.parse(entry.default.as_ref()?) else {
        let problem = format!("is no value of the setting; must be {}", setting.takes());
        faults.add(&format!("{path}.default"), problem);
        return None;
    };
    setting.default = default;
    Some(setting)
}

/// A change of a built-in setting. Its default stays, and must be one of the new values.
fn change_built_in(setting: &mut Setting, entry: &SettingEntry, faults: &mut Faults) {
    let path = &entry.path;
    for member in entry
        .given
        .iter()
        .filter(|member| !CHANGEABLE.contains(member))
    {
        let problem = "a built-in setting may be given other values, title and description only";
        faults.add(&format!("{path}.{member}"), problem);
    }
    if let Some(title) = &entry.title {
        setting.title.clone_from(title);
    }
    if let Some(description) = &entry.description {
        setting.description.clone_from(description);
    }
    let Some(values) = &entry.values else {
        return;
    };
    let path = format!("{path}.values");
    if setting.kind == SettingType::Switch {
        faults.add(&path, "a switch takes true and false, no other values");
        return;
    }
    let default = setting.value(setting.default).clone();
    let Some(values) = checked_values(setting.kind, &entry.path, values, faults) else {
        return;
    };
    let position = values.iter().position(|value| *value == default);
    match position.and_then(ValueIndex::new) {
        Some(index) => {
            setting.values = values;
            setting.default = index;
        }
        None => faults.add(&path, format!("lacks the default, which stays {default}")),
    }
}

/// The values in canonical form, without duplicates.
fn checked_values(
    kind: SettingType,
    path: &str,
    values: &[Value],
    faults: &mut Faults,
) -> Option<Vec<Value>> {
    let (path, least) = (format!("{path}.values"), least_values(kind));
    if !(least..=MOST_VALUES).contains(&values.len()) {
        faults.add(&path, format!("must hold {least} to {MOST_VALUES} values"));
        return None;
    }
    let mut checked: Vec<Value> = Vec::new();
    for (position, value) in values.iter().enumerate() {
        let value = canonical(value.clone());
        let problem = value_problem(kind, &value).or_else(|| {
            let stands_twice = checked.contains(&value);
            stands_twice.then(|| "stands there twice".to_owned())
        });
        match problem {
            Some(problem) => faults.add(&format!("{path}[{position}]"), problem),
            None => checked.push(value),
        }
    }
    (checked.len() == values.len()).then_some(checked)
}

const fn least_values(kind: SettingType) -> usize {
    match kind {
        SettingType::Audience => 2,
        SettingType::Switch | SettingType::Choice => 1,
    }
}

fn value_problem(kind: SettingType, value: &Value) -> Option<String> {
    let is_fine = match (kind, value) {
        (SettingType::Audience, value) => {
            let audience = value.as_str().and_then(Audience::parse);
            let names = Audience::ALL.map(Audience::as_str).join(", ");
            return audience
                .is_none()
                .then(|| format!("must be one of: {names}"));
        }
        (_, Value::String(text)) => {
            text.chars().count() <= LONGEST_VALUE && !text.chars().any(char::is_control)
        }
        (_, Value::Number(number)) => {
            !number.is_f64() || number.as_f64().is_some_and(|it| it.abs() < f64::MAX)
        }
        (_, value) => value.is_null() || value.is_boolean(),
    };
    let problem = || {
        format!(
            "must be null, a boolean, a number, or a text of at most {LONGEST_VALUE} characters on one line"
        )
    };
    (!is_fine).then(problem)
}
