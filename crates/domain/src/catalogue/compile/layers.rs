//! The cohorts and layers of a catalogue.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

use serde_json::Value;

use super::super::cohorts::Cohort;
use super::super::document::{CohortEntry, LayerEntry};
use super::super::family::Family;
use super::super::fault::Faults;
use super::super::layers::{
    Applied, Layer, LayerIndex, MOST_COHORTS, MOST_LAYERS, Rule, own_or_inherited,
};
use super::super::setting::{Setting, SettingIndex, ValueIndex};
use super::{Draft, NAME_RULE, is_name};

/// A setting that a layer names.
enum Target {
    Setting(SettingIndex),
    /// By key.
    Preference(String),
    /// The setting is invalid itself, which is reported there.
    Faulty,
}

impl Draft {
    pub(super) fn add_cohorts(&mut self, entries: &[CohortEntry], faults: &mut Faults) {
        for entry in entries {
            if !is_name(&entry.name) {
                faults.add(&entry.path, NAME_RULE);
            }
            if !entry.is_described {
                faults.add(&entry.path, "description is missing");
            }
            // An invalid cohort is added too, so that a layer that names it is not a second fault.
            self.cohorts.push(Cohort {
                name: entry.name.clone(),
                description: entry.description.clone().unwrap_or_default(),
            });
        }
        if self.cohorts.len() > MOST_COHORTS {
            faults.add("cohorts", format!("there may be at most {MOST_COHORTS}"));
        }
    }

    pub(super) fn add_layers(&mut self, entries: &[LayerEntry], faults: &mut Faults) {
        if entries.len() > MOST_LAYERS {
            faults.add("layers", format!("there may be at most {MOST_LAYERS}"));
        }
        let mut names = HashSet::new();
        for entry in entries {
            if !entry.is_named {
                faults.add(&entry.path, "name is missing");
            }
            if !entry.name.as_ref().is_none_or(|name| names.insert(name)) {
                faults.add(
                    &format!("{}.name", entry.path),
                    "another layer has this name",
                );
            }
            self.check_cohort(entry, faults);
            let layer = self.layer(entry, faults);
            self.layers.push(layer);
            self.check_defaults(entry, faults);
        }
    }

    fn check_cohort(&self, entry: &LayerEntry, faults: &mut Faults) {
        let Some(cohort) = &entry.cohort else {
            return;
        };
        if !self.cohorts.iter().any(|known| known.name == *cohort) {
            faults.add(&format!("{}.cohort", entry.path), "no such cohort");
        }
    }

    fn layer(&self, entry: &LayerEntry, faults: &mut Faults) -> Layer {
        let mut layer = Layer {
            name: entry.name.clone().unwrap_or_default(),
            // An invalid cohort has no users.
            cohort: entry
                .has_cohort
                .then(|| entry.cohort.clone().unwrap_or_default()),
            note: entry.note.clone(),
            settings: BTreeMap::new(),
            preferences: BTreeMap::new(),
        };
        for (name, value) in &entry.defaults {
            let path = format!("{}.defaults.{name}", entry.path);
            self.add_default(&mut layer, &path, name, value, faults);
        }
        for (name, values) in &entry.allowed {
            let path = format!("{}.allowed.{name}", entry.path);
            self.add_allowed(&mut layer, &path, name, values, faults);
        }
        layer
    }

    fn add_default(
        &self,
        layer: &mut Layer,
        path: &str,
        name: &str,
        value: &Value,
        faults: &mut Faults,
    ) {
        match self.target(name) {
            Err(problem) => faults.add(path, problem),
            Ok(Target::Faulty) => {}
            Ok(Target::Setting(index)) => {
                let rule = layer.settings.entry(index).or_default();
                rule.default = reported(faults, path, self.setting_value(index, value));
            }
            Ok(Target::Preference(key)) => {
                let value = self.preference_value(&key, value);
                let rule = layer.preferences.entry(key).or_default();
                rule.default = reported(faults, path, value);
            }
        }
    }

    fn add_allowed(
        &self,
        layer: &mut Layer,
        path: &str,
        name: &str,
        values: &[Value],
        faults: &mut Faults,
    ) {
        match self.target(name) {
            Err(problem) => faults.add(path, problem),
            Ok(Target::Faulty) => {}
            Ok(Target::Setting(index)) => {
                let parse = |value: &Value| self.setting_value(index, value);
                let rule = layer.settings.entry(index).or_default();
                rule.allowed = distinct(faults, path, values, parse);
            }
            Ok(Target::Preference(key)) => {
                let parse = |value: &Value| self.preference_value(&key, value);
                let allowed = distinct(faults, path, values, parse);
                layer.preferences.entry(key).or_default().allowed = allowed;
            }
        }
    }

    fn target(&self, name: &str) -> Result<Target, &'static str> {
        if let Some((family, key)) = name.split_once('.')
            && family == Family::Preferences.as_str()
            && self.preferences.default(key).is_some()
        {
            return Ok(Target::Preference(key.to_owned()));
        }
        match self.settings_by_name.get(name) {
            Some(Some(index)) => Ok(Target::Setting(*index)),
            Some(None) => Ok(Target::Faulty),
            None if name.contains('.') => Err("no such setting"),
            None => Err("no such setting; they are named with their family"),
        }
    }

    fn setting_value(&self, index: SettingIndex, value: &Value) -> Result<ValueIndex, String> {
        let setting = self.settings.get(index.get());
        let setting = setting.ok_or_else(|| "no such setting".to_owned())?;
        let problem = || format!("is no value of the setting; must be {}", setting.takes());
        setting.parse(value).ok_or_else(problem)
    }

    fn preference_value(&self, key: &str, value: &Value) -> Result<Value, String> {
        let parsed = self.preferences.parse_value(key, value);
        let parsed = parsed.ok_or_else(|| "no such setting".to_owned())?;
        parsed.map_err(|refusal| format!("is no value of the setting: {refusal}"))
    }

    /// A layer's own default, or the one that it inherits, must be among what it allows.
    fn check_defaults(&self, entry: &LayerEntry, faults: &mut Faults) {
        let Some(layer) = self.layers.last() else {
            return;
        };
        for (name, _) in &entry.allowed {
            if self.has_faulty_default(layer, entry, name) {
                continue;
            }
            let lacking = match self.target(name) {
                Ok(Target::Setting(index)) => self.settings.get(index.get()).and_then(|setting| {
                    let own = &setting.default;
                    let lacking = self.lacks_default(layer, own, |it| it.settings.get(&index))?;
                    Some(Setting::value(setting, lacking).clone())
                }),
                Ok(Target::Preference(key)) => self
                    .preferences
                    .default(&key)
                    .and_then(|own| self.lacks_default(layer, own, |it| it.preferences.get(&key))),
                Ok(Target::Faulty) | Err(_) => None,
            };
            if let Some(default) = lacking {
                let path = format!("{}.allowed.{name}", entry.path);
                faults.add(
                    &path,
                    format!("lacks the layer's default, which is {default}"),
                );
            }
        }
    }

    /// Whether the layer was given a default for the setting that is none.
    fn has_faulty_default(&self, layer: &Layer, entry: &LayerEntry, name: &str) -> bool {
        let is_given = entry.defaults.iter().any(|(given, _)| given == name);
        let is_read = match self.target(name) {
            Ok(Target::Setting(index)) => {
                let rule = layer.settings.get(&index);
                rule.is_some_and(|rule| rule.default.is_some())
            }
            Ok(Target::Preference(key)) => {
                let rule = layer.preferences.get(&key);
                rule.is_some_and(|rule| rule.default.is_some())
            }
            Ok(Target::Faulty) | Err(_) => false,
        };
        is_given && !is_read
    }

    /// The default that the last layer has or inherits, where it is not among what the layer allows.
    fn lacks_default<T: PartialEq + Clone>(
        &self,
        layer: &Layer,
        own: &T,
        rule: impl Fn(&Layer) -> Option<&Rule<T>>,
    ) -> Option<T> {
        let applied = self.layers.iter().enumerate().filter_map(|(position, it)| {
            Some(Applied {
                layer: LayerIndex::new(position)?,
                is_for_everybody: it.cohort.is_none(),
                rule: rule(it)?,
            })
        });
        let applied: Vec<_> = applied.collect();
        let (default, _) = own_or_inherited(own, &applied);
        let allows = rule(layer).is_none_or(|rule| rule.allows(default));
        (!allows).then(|| default.clone())
    }
}

/// Parses the values. Reports invalid ones and duplicates.
fn distinct<T: PartialEq>(
    faults: &mut Faults,
    path: &str,
    values: &[Value],
    parse: impl Fn(&Value) -> Result<T, String>,
) -> Option<Vec<T>> {
    if values.is_empty() {
        faults.add(path, "must list at least one value");
        return None;
    }
    let mut distinct = Vec::new();
    for (position, value) in values.iter().enumerate() {
        let path = format!("{path}[{position}]");
        let Some(value) = reported(faults, &path, parse(value)) else {
            continue;
        };
        if distinct.contains(&value) {
            faults.add(&path, "stands there twice");
        } else {
            distinct.push(value);
        }
    }
    (distinct.len() == values.len()).then_some(distinct)
}

fn reported<T, E: Display>(faults: &mut Faults, path: &str, result: Result<T, E>) -> Option<T> {
    result
        .map_err(|problem| faults.add(path, problem.to_string()))
        .ok()
}
