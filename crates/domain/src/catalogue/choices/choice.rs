//! One choice: a name and a value.

use std::sync::OnceLock;

use serde_json::Value;

use crate::canonical::canonical;
use crate::catalogue::hash::Fnv1a;
use crate::json_size::memory_bytes;

/// How many choices can be kept once for all users.
const SLOTS: usize = 2_048;
/// In how many slots, one behind the other, a choice is looked for.
const PROBES: usize = 16;

/// The choices that many users make: the settings of catalogues, with each of their values. Written by catalogues
/// alone, so that no user can fill it; what finds no slot is kept for each user apart.
static COMMON: [OnceLock<Chosen>; SLOTS] = [const { OnceLock::new() }; SLOTS];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    name: Box<str>,
    value: Value,
}

impl Chosen {
    fn is(&self, name: &str, value: &Value) -> bool {
        *self.name == *name && self.value == *value
    }
}

/// A name and the value chosen by it, in one spelling. Takes two words of memory where many users choose the same.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    /// Kept once for all users.
    Common(&'static Chosen),
    /// Kept for one user.
    Own(Box<Chosen>),
}

impl Choice {
    pub fn new(name: &str, value: Value) -> Self {
        let value = canonical(value);
        if let Some(common) = common(name, &value) {
            return Self::Common(common);
        }
        let name = name.into();
        Self::Own(Box::new(Chosen { name, value }))
    }

    pub fn name(&self) -> &str {
        &self.chosen().name
    }

    pub fn value(&self) -> &Value {
        &self.chosen().value
    }

    /// What it takes in memory, in bytes: an estimate, rather too high.
    pub fn memory_bytes(&self) -> usize {
        let behind = match self {
            Self::Common(_) => 0,
            Self::Own(chosen) => {
                size_of::<Box<str>>() + chosen.name.len() + memory_bytes(&chosen.value)
            }
        };
        size_of::<Self>() + behind
    }

    fn chosen(&self) -> &Chosen {
        match self {
            Self::Common(chosen) => chosen,
            Self::Own(chosen) => chosen,
        }
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.chosen() == other.chosen()
    }
}

/// From now on, this choice is kept once for all users. The value MUST be in its one spelling.
pub(in crate::catalogue) fn expect_often(name: &str, value: &Value) {
    let chosen = || Chosen {
        name: name.into(),
        value: value.clone(),
    };
    for slot in slots(name, value) {
        if slot.get_or_init(chosen).is(name, value) {
            return;
        }
    }
}

fn common(name: &str, value: &Value) -> Option<&'static Chosen> {
    for slot in slots(name, value) {
        let chosen = slot.get()?;
        if chosen.is(name, value) {
            return Some(chosen);
        }
    }
    None
}

/// Where to look for a choice: none for lists and objects, which no setting takes.
fn slots(name: &str, value: &Value) -> impl Iterator<Item = &'static OnceLock<Chosen>> {
    let mut hash = Fnv1a::default();
    hash.write(name.as_bytes());
    let probes = match value {
        Value::Array(_) | Value::Object(_) => 0,
        Value::String(text) => {
            hash.write(text.as_bytes());
            PROBES
        }
        Value::Number(number) => {
            hash.write_hash(number.as_u64().unwrap_or_default());
            PROBES
        }
        Value::Null => PROBES,
        Value::Bool(is_on) => {
            hash.write_hash(1 + u64::from(*is_on));
            PROBES
        }
    };
    let first = usize::try_from(hash.finish() % SLOTS as u64).unwrap_or_default();
    let (before, from) = COMMON.split_at(first);
    from.iter().chain(before).take(probes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One test, because the second half leaves no slot for the first.
    #[test]
    fn what_is_expected_often_is_kept_once_while_there_are_slots() {
        for value in [json!("kept"), json!(7), json!(null), json!(true)] {
            assert!(matches!(Choice::new("kept", value.clone()), Choice::Own(_)));
            expect_often("kept", &value);
            let kept = Choice::new("kept", value.clone());
            assert!(matches!(kept, Choice::Common(_)));
            assert_eq!((kept.name(), kept.value()), ("kept", &value));
            assert!(matches!(Choice::new("other", value), Choice::Own(_)));
        }

        let numbers = 0..2 * SLOTS;
        for number in numbers.clone() {
            expect_often("many", &number.into());
        }
        let mut own = 0;
        for number in numbers {
            let choice = Choice::new("many", number.into());
            assert_eq!((choice.name(), choice.value()), ("many", &json!(number)));
            own += usize::from(matches!(choice, Choice::Own(_)));
        }
        assert!(own >= SLOTS);
    }

    #[test]
    fn lists_and_objects_are_kept_for_each_user() {
        for value in [json!([1]), json!({"a": 1})] {
            expect_often("list", &value);
            let choice = Choice::new("list", value.clone());
            assert!(matches!(choice, Choice::Own(_)));
            assert_eq!(choice.value(), &value);
        }
    }
}
