//! Numbers that are JSON and larger than anything here can hold (`1e400`). `serde_json` takes them for a mistake
//! in the text; to whoever sent them they are values, and it is for who reads them to say what it takes instead.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// What such a number is read as. Nothing takes the largest number there is.
const LARGEST: &str = "1.7976931348623157e308";

/// The same text with numbers in it that can be held; nothing where it has no others. What is no JSON stays none.
pub fn bounded(json: &[u8]) -> Option<Vec<u8>> {
    let mut bounded = Vec::new();
    let mut has_changed = false;
    let mut rest = json;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => length_of_string(rest),
            b'-' | b'0'..=b'9' => rest.iter().take_while(|byte| is_of_number(**byte)).count(),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length);
        let token = if is_too_large(token) {
            has_changed = true;
            let sign = if token.starts_with(b"-") { "-" } else { "" };
            Cow::Owned(format!("{sign}{LARGEST}").into_bytes())
        } else {
            Cow::Borrowed(token)
        };
        bounded.extend_from_slice(&token);
        rest = behind;
    }
    has_changed.then_some(bounded)
}

/// Up to the quotation mark that ends it, or to the end of all.
fn length_of_string(json: &[u8]) -> usize {
    let mut is_escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    };
    let end = json.iter().skip(1).position(ends);
    end.map_or(json.len(), |end| end + 2)
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_too_large(token: &[u8]) -> bool {
    let number = str::from_utf8(token)
        .ok()
        .and_then(|text| text.parse().ok());
    number.is_some_and(f64::is_infinite) && serde_json::from_slice::<IgnoredAny>(token).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        bounded(json.as_bytes()).map(|bounded| String::from_utf8(bounded).unwrap())
    }

    #[test]
    fn numbers_that_nothing_can_hold_become_the_largest_there_is() {
        let digits = "9".repeat(400);
        for (json, expected) in [
            ("1e400", "1.7976931348623157e308"),
            ("-1E+400", "-1.7976931348623157e308"),
            (&*digits, "1.7976931348623157e308"),
            ("[1,1e309, 2]", "[1,1.7976931348623157e308, 2]"),
            (
                r#"{"1e400":"1e400\"","\\":1e400}"#,
                r#"{"1e400":"1e400\"","\\":1.7976931348623157e308}"#,
            ),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn all_else_is_left_as_it_is() {
        for json in [
            "",
            "1",
            "-1.5e308",
            "1e-400",
            "\"1e400",
            "\"\\\"1e400\"",
            "01e400",
            "1.e400",
            "1e400e400",
            "true",
            "inf",
            "-inf",
        ] {
            assert_eq!(text(json), None, "{json}");
        }
    }
}
