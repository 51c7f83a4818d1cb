//! A setting of the catalogue: its name, valid values and default.

use std::borrow::Cow;

use serde_json::Value;

use super::audience::Audience;
use super::choices::expect_often;
use super::family::Family;
use super::hash::Fnv1a;
use crate::canonical::canonical;

/// The position of a setting in its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingIndex(u16);

impl SettingIndex {
    pub(super) const fn new(position: u16) -> Self {
        Self(position)
    }

    /// The position, from 0.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// The position of a value among the valid values of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueIndex(u8);

impl ValueIndex {
    /// `true` of a switch.
    pub const ON: Self = Self(0);
    /// `false` of a switch.
    pub const OFF: Self = Self(1);

    /// The value at that position; `None` above 255.
    #[must_use]
    pub fn new(position: usize) -> Option<Self> {
        u8::try_from(position).ok().map(Self)
    }

    /// The position, from 0.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// A value of a setting as rules use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectiveValue {
    /// Whether a switch is on.
    Switch(bool),
    /// An audience.
    Audience(Audience),
    /// The position of a choice among its values.
    Choice(ValueIndex),
}

/// The type of a setting's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingType {
    /// `true` or `false`.
    Switch,
    /// Names of audiences.
    Audience,
    /// Any JSON scalars.
    Choice,
}

impl SettingType {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Switch, Self::Audience, Self::Choice];

    /// The name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Audience => "audience",
            Self::Choice => "choice",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A setting: its name, valid values and default.
#[derive(Debug, Clone)]
pub struct Setting {
    pub(super) family: Family,
    pub(super) name: String,
    pub(super) kind: SettingType,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) values: Vec<Value>,
    pub(super) default: ValueIndex,
    /// For each value, made by [`Self::prepare`].
    effective: Vec<EffectiveValue>,
    /// For each value, made by [`Self::prepare`].
    hashes: Vec<u64>,
    /// For each value, made by [`Self::prepare`].
    members: Vec<String>,
}

/// The parts of a setting.
pub(super) struct NewSetting {
    pub family: Family,
    pub name: String,
    pub kind: SettingType,
    pub title: String,
    pub description: String,
    pub values: Vec<Value>,
}

impl Setting {
    /// The family of the setting.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The dotted name, family first (`account.is_private`).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name within the family (`is_private`).
    #[must_use]
    pub fn key(&self) -> &str {
        let family = self.family.as_str();
        self.name.get(family.len() + 1..).unwrap_or(&self.name)
    }

    /// The type of its values.
    #[must_use]
    pub const fn kind(&self) -> SettingType {
        self.kind
    }

    /// A title to display.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A description to display.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// All valid values, in display order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The position of the default.
    #[must_use]
    pub const fn default_value(&self) -> ValueIndex {
        self.default
    }

    /// The value at that position; `null` if there is none.
    #[must_use]
    pub fn value(&self, index: ValueIndex) -> &Value {
        self.values.get(index.get()).unwrap_or(&Value::Null)
    }

    /// The position of this value; `None` if it is invalid. Numbers are compared by value, as in JSON Schema:
    /// `300.0` is 300. Other types are not converted.
    #[must_use]
    pub fn parse(&self, value: &Value) -> Option<ValueIndex> {
        let given = match value {
            Value::Number(_) => Cow::Owned(canonical(value.clone())),
            Value::Array(_) | Value::Object(_) => return None,
            Value::Null | Value::Bool(_) | Value::String(_) => Cow::Borrowed(value),
        };
        let position = self.values.iter().position(|known| *known == *given)?;
        ValueIndex::new(position)
    }

    /// The value at that position as rules use it.
    #[must_use]
    pub fn effective(&self, index: ValueIndex) -> EffectiveValue {
        let found = self.effective.get(index.get()).copied();
        found.unwrap_or(EffectiveValue::Choice(index))
    }

    /// Every value as rules use it.
    pub(super) fn effective_values(&self) -> impl Iterator<Item = EffectiveValue> {
        self.effective.iter().copied()
    }

    /// A hash of a value, different from that of all other values of this and other settings.
    pub(super) fn hash(&self, index: ValueIndex) -> u64 {
        self.hashes.get(index.get()).copied().unwrap_or_default()
    }

    /// The setting with a value as a member of a JSON object: `"show_last_seen":true,`.
    pub(super) fn member(&self, index: ValueIndex) -> &str {
        self.members.get(index.get()).map_or("", String::as_str)
    }

    pub(super) fn new(new: NewSetting) -> Self {
        Self {
            family: new.family,
            name: new.name,
            kind: new.kind,
            title: new.title,
            description: new.description,
            values: new.values,
            default: ValueIndex::ON,
            effective: Vec::new(),
            hashes: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Computes data that is used often. To be called after the values are set.
    pub(super) fn prepare(&mut self) {
        let indices = (0..self.values.len()).filter_map(ValueIndex::new);
        self.effective = indices.clone().map(|index| self.resolve(index)).collect();
        let hash = |index| {
            let mut hash = Fnv1a::default();
            hash.write(self.name.as_bytes());
            hash.write(self.value(index).to_string().as_bytes());
            hash.finish()
        };
        self.hashes = indices.clone().map(hash).collect();
        let member = |index| member(self.key(), self.value(index));
        self.members = indices.map(member).collect();
        for value in &self.values {
            expect_often(&self.name, value);
        }
    }

    fn resolve(&self, index: ValueIndex) -> EffectiveValue {
        let value = self.value(index);
        match self.kind {
            SettingType::Switch => EffectiveValue::Switch(value == &Value::Bool(true)),
            SettingType::Audience => {
                let audience = value.as_str().and_then(Audience::parse);
                EffectiveValue::Audience(audience.unwrap_or(Audience::Nobody))
            }
            SettingType::Choice => EffectiveValue::Choice(index),
        }
    }

    /// The valid values, in words that follow "Must be".
    #[must_use]
    pub fn takes(&self) -> String {
        let shown = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self.kind {
            SettingType::Switch => "true or false".to_owned(),
            SettingType::Audience | SettingType::Choice => {
                let values: Vec<_> = self.values.iter().map(shown).collect();
                format!("one of: {}", values.join(", "))
            }
        }
    }
}

/// A member of a JSON object, with a comma behind it.
pub(super) fn member(key: &str, value: &Value) -> String {
    format!("{}:{value},", Value::from(key))
}
