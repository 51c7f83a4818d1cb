//! Integers that are written with a point or an exponent. `serde_json` reads them as doubles, which are rounded
//! above 2^53.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// From here on (2^53) a double may represent several integers.
pub const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

/// The number of digits of the largest 64-bit integer.
const MOST_DIGITS: i64 = 20;

/// The same text, with integers that fit 64 bits and have a point or an exponent rewritten without; `None` if
/// there is none.
pub fn exact(json: &[u8]) -> Option<Vec<u8>> {
    replaced(json, |token| {
        let is_plain = !token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        if is_plain { None } else { whole(token) }
    })
}

/// The same text, with each number replaced for which `replace` returns a text.
fn replaced(json: &[u8], replace: impl Fn(&[u8]) -> Option<String>) -> Option<Vec<u8>> {
    let mut changed = Vec::new();
    let mut has_changed = false;
    let mut rest = json;
    while let Some(first) = rest.first() {
        let (length, is_number) = match first {
            b'"' => (length_of_string(rest), false),
            b'-' | b'0'..=b'9' => {
                let number = rest.iter().take_while(|byte| is_of_number(**byte));
                (number.count(), true)
            }
            _ => (1, false),
        };
        let (token, behind) = rest.split_at(length);
        let other = if is_number { replace(token) } else { None };
        has_changed |= other.is_some();
        let token = other.map_or(Cow::Borrowed(token), |text| Cow::Owned(text.into_bytes()));
        changed.extend_from_slice(&token);
        rest = behind;
    }
    has_changed.then_some(changed)
}

/// Up to the closing quotation mark, or to the end of the text.
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

fn is_json(token: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(token).is_ok()
}

/// The number without point and exponent, if it is an integer that fits 64 bits.
fn whole(token: &[u8]) -> Option<String> {
    let text = str::from_utf8(token).ok().filter(|_| is_json(token))?;
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = format!("{before}{behind}");
    let digits = digits.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    let cut = i64::try_from(digits.len() - kept.len()).ok()?;
    let behind = i64::try_from(behind.len()).ok()?;
    let zeros = exponent.parse::<i64>().ok()?.checked_add(cut - behind)?;
    if kept.is_empty() || !(0..=MOST_DIGITS).contains(&zeros) {
        return None;
    }
    let zeros = "0".repeat(usize::try_from(zeros).ok()?);
    let whole = format!("{sign}{kept}{zeros}");
    (whole.parse::<i64>().is_ok() || whole.parse::<u64>().is_ok()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_out_to_the_last_digit() {
        for (given, expected) in [
            ("9007199254740993.0", "9007199254740993"),
            ("-9007199254740993.00e0", "-9007199254740993"),
            ("9.223372036854775807e18", "9223372036854775807"),
            ("-922337203685477580.8e+1", "-9223372036854775808"),
            ("18446744073709551615000E-3", "18446744073709551615"),
            ("[1e18,\"1e18\",3e2]", "[1000000000000000000,\"1e18\",300]"),
        ] {
            let written = exact(given.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), expected, "{given}");
        }
        let zeros = format!("1e{}", "9".repeat(40));
        for other in [
            "9007199254740993",
            "1.5",
            "1e19999",
            "2e19",
            "1e-1",
            "0.0",
            "-0e5",
            "1e400",
            "1.e3",
            "01e3",
            &zeros,
        ] {
            assert_eq!(exact(other.as_bytes()), None, "{other}");
        }
    }
}
