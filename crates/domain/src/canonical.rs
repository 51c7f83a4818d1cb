//! The canonical form of JSON values. Stores may rewrite values (PostgreSQL's `jsonb` sorts members and rewrites
//! numbers); answers and entity tags must not depend on that.

use serde_json::{Number, Value};

/// The value with sorted members of objects, and integers without a fraction.
pub fn canonical(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            members
                .into_iter()
                .map(|(name, value)| (name, canonical(value)))
                .collect()
        }
        Value::Number(number) => whole(&number).unwrap_or(number).into(),
        scalar @ (Value::Null | Value::Bool(_) | Value::String(_)) => scalar,
    }
}

/// The integer that equals a number with a fraction, if it fits 64 bits.
fn whole(number: &Number) -> Option<Number> {
    let float = number
        .as_f64()
        .filter(|float| number.is_f64() && float.fract() == 0.0)?;
    let digits = format!("{float:.0}");
    let signed = digits.parse().map(|whole: i64| whole.into()).ok();
    signed.or_else(|| digits.parse().map(|whole: u64| whole.into()).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_ordered_at_every_depth() {
        let value = json!([{"b": {"d": 1, "c": [{"f": 2, "e": 3}]}, "a": null}]);
        let expected = r#"[{"a":null,"b":{"c":[{"e":3,"f":2}],"d":1}}]"#;
        assert_eq!(canonical(value).to_string(), expected);
    }

    #[test]
    fn a_whole_number_has_one_spelling() {
        for (given, kept) in [
            (json!(4.0), "4"),
            (json!(-0.0), "0"),
            (json!(-3e2), "-300"),
            (json!(1e16), "10000000000000000"),
            (json!(1e19), "10000000000000000000"),
            (json!(1e20), "100000000000000000000.0"),
            (json!(0.5), "0.5"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            let kept: Value = serde_json::from_str(kept).unwrap();
            assert_eq!(canonical(given), kept);
        }
    }
}
