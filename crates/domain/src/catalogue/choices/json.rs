//! Choices as a JSON object, read without an object in between: each row of a store and of a cache holds one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Choices;
use super::choice::Choice;

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ChoicesVisitor)
    }
}

/// A name, borrowed from the text where nothing in it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct ChoicesVisitor;

impl<'de> Visitor<'de> for ChoicesVisitor {
    type Value = Choices;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object from name to value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choices, A::Error> {
        let mut choices: Vec<Choice> = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            choices.push(Choice::new(&name, value));
        }
        Ok(Choices::of(choices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_in_any_order_with_escapes() {
        let text = r#"{"show": true, "b\u0061r": "\u0061", "after": 4.0}"#;
        let choices: Choices = serde_json::from_str(text).unwrap();
        let written = serde_json::to_string(&choices).unwrap();
        assert_eq!(written, r#"{"after":4,"bar":"a","show":true}"#);
        assert_eq!(serde_json::from_str::<Choices>(&written).unwrap(), choices);
        assert_eq!(
            serde_json::from_str::<Choices>("{}").unwrap(),
            Choices::default()
        );
        for other in ["[]", "null", "1", "\"a\"", "{", ""] {
            assert!(serde_json::from_str::<Choices>(other).is_err(), "{other}");
        }
    }
}
