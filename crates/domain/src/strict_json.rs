//! Parses JSON: no repeated members, exact integers, and no number that a double cannot hold.

mod numbers;

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// The message of `serde_json` for a number that a double cannot hold. The kind of this error is not public.
const OUT_OF_RANGE: &str = "number out of range";

/// The text is not JSON, has a repeated member, or has a number that a double cannot hold. The message has the position.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct InvalidJson {
    error: serde_json::Error,
    repeated: Option<String>,
}

impl InvalidJson {
    /// Whether a double cannot hold a number.
    #[must_use]
    pub fn is_out_of_range(&self) -> bool {
        self.error.to_string().starts_with(OUT_OF_RANGE)
    }

    /// The path of a repeated member (`actions.call.needs`), if that is the error.
    #[must_use]
    pub fn repeated_member(&self) -> Option<&str> {
        self.repeated.as_deref()
    }
}

/// The JSON value of these bytes, without trailing data. A number that a double cannot hold is an error, also in
/// an ignored member.
pub fn parse(bytes: &[u8]) -> Result<Value, InvalidJson> {
    let notes = Notes::default();
    parse_strictly(bytes, &notes).map_err(|error| InvalidJson {
        error,
        repeated: notes.repeated.into_inner().as_deref().map(path),
    })
}

fn parse_strictly(bytes: &[u8], notes: &Notes) -> serde_json::Result<Value> {
    let value = parse_once(bytes, notes)?;
    if notes.has_rounded.get()
        && let Some(exact) = numbers::exact(bytes)
    {
        return parse_once(&exact, notes);
    }
    Ok(value)
}

fn parse_once(bytes: &[u8], notes: &Notes) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(notes).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The path of these steps, of which the innermost is the first.
fn path(steps: &[String]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        if !path.is_empty() && !step.starts_with('[') {
            path.push('.');
        }
        path.push_str(step);
    }
    path
}

/// What is found besides the value.
#[derive(Default)]
struct Notes {
    /// Whether a number was read as a double that may represent several integers.
    has_rounded: Cell<bool>,
    /// The path of a repeated member: its name, and those of all around it.
    repeated: RefCell<Option<Vec<String>>>,
}

impl Notes {
    fn repeated_member(&self, name: &str) {
        self.repeated.replace(Some(vec![name.to_owned()]));
    }

    /// Adds a step to the path of the repeated member, if there is one.
    fn is_within(&self, step: impl FnOnce() -> String) {
        if let Some(steps) = &mut *self.repeated.borrow_mut() {
            steps.push(step());
        }
    }
}

/// Parses any JSON value, but no object with a repeated member.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a Notes);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        if value.abs() >= numbers::FIRST_INEXACT {
            self.0.has_rounded.set(true);
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array: Vec<Value> = Vec::new();
        while let Some(item) = items
            .next_element_seed(self)
            .inspect_err(|_| self.0.is_within(|| format!("[{}]", array.len())))?
        {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(MemberName(name)) = members.next_key()? {
            let value = members
                .next_value_seed(self)
                .inspect_err(|_| self.0.is_within(|| name.clone()))?;
            match object.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) => {
                    self.0.repeated_member(entry.key());
                    return Err(A::Error::custom("a member is given twice"));
                }
            }
        }
        Ok(object.into())
    }
}

#[derive(Deserialize)]
struct MemberName(String);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_it_stands() {
        let text = r#"{"b":[1,-2,2.5,true,null,"\u00e9"],"a":{"c":{}}}"#;
        assert_eq!(
            parse(text.as_bytes()).unwrap(),
            json!({"b": [1, -2, 2.5, true, null, "é"], "a": {"c": {}}})
        );
    }

    #[test]
    fn a_number_that_a_double_cannot_hold_is_refused() {
        let digits = "9".repeat(400);
        for number in ["1e400", "-1E+400", &*digits] {
            let text = format!(r#"{{"a":[1,"1e400",{number}]}}"#);
            let refused = parse(text.as_bytes()).unwrap_err();
            assert!(refused.is_out_of_range(), "{number:.20}");
        }
        let small = parse(br#"["1e999", 1e-999]"#).unwrap();
        assert_eq!(small, json!(["1e999", 0.0]));
        let largest = parse(b"1.7976931348623157e308").unwrap();
        assert_eq!(largest, json!(f64::MAX));
    }

    #[test]
    fn a_whole_number_is_read_exactly_however_it_is_written() {
        let text = br#"{"a": [9007199254740993.0, -922337203685477580.8e1], "b": 0.5}"#;
        let read = json!({"a": [9_007_199_254_740_993_i64, i64::MIN], "b": 0.5});
        assert_eq!(parse(text).unwrap(), read);
    }

    #[test]
    fn what_is_no_json_or_says_a_thing_twice_is_refused() {
        let deep = "[".repeat(100_000);
        for text in [
            "{",
            "",
            "{}{}",
            "{'a':1}",
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "\u{feff}{}",
            "1e999e999",
            r#"{"a":1e999,"a":1}"#,
            &deep,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text:.20}");
        }
        assert!(parse(b"\"\xff\"").is_err(), "not UTF-8");
    }
    #[test]
    fn a_repeated_member_is_named_with_its_path() {
        for (text, expected) in [
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"a":{"b":[0,{"c":1,"\u0063":2}]}}"#, Some("a.b[1].c")),
            (
                r#"[[{}, {"a":9e15,"b":{"c":[],"c":0}}]]"#,
                Some("[0][1].b.c"),
            ),
            (r#"{"a":{"b":[0,}]}}"#, None),
            (r#"{"a":1e400}"#, None),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.repeated_member(), expected, "{text}");
        }
    }
}
