//! The size of JSON values as text and in memory. Limits use it.

use std::io::{self, Write};

use serde_json::Value;

/// The approximate memory of a member of an object in bytes, without its name and value.
const MEMBER: usize = 96;

/// The length of the value's text in bytes.
#[must_use]
pub fn text_bytes(value: &Value) -> usize {
    let mut counted = Counted(0);
    // Counting never fails, and every value has a text.
    let _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

/// An upper estimate of the value's memory in bytes.
#[must_use]
pub fn memory_bytes(value: &Value) -> usize {
    let behind = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(memory_bytes).sum(),
        Value::Object(members) => {
            let member = |(name, value): (&String, _)| MEMBER + name.len() + memory_bytes(value);
            members.iter().map(member).sum()
        }
    };
    size_of::<Value>() + behind
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_as_long_as_its_text_and_takes_no_less_in_memory() {
        for value in [
            json!(null),
            json!("\u{1}é"),
            json!([1, [2.5], {}]),
            json!({"a": {"b": [true, "x".repeat(1_000)]}}),
        ] {
            assert_eq!(text_bytes(&value), value.to_string().len());
            assert!(memory_bytes(&value) >= text_bytes(&value), "{value}");
        }
    }
}
