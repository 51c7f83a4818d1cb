//! Spans of time: a number and a unit.

use std::time::Duration;

/// Parses `30s`, `15m`, `1h` or `7d`; nothing below a second.
pub fn parse_span(text: &str) -> Option<Duration> {
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let seconds = units.into_iter().find_map(|(unit, seconds)| {
        let digits = text.strip_suffix(unit)?;
        // `parse` would also accept a sign.
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = is_number.then(|| digits.parse().ok())??;
        number.checked_mul(seconds)
    });
    seconds
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        for (text, seconds) in [("30s", 30), ("15m", 900), ("1h", 3_600), ("7d", 604_800)] {
            assert_eq!(parse_span(text), Some(Duration::from_secs(seconds)));
        }
        for text in [
            "",
            "h",
            "1",
            "0s",
            "-1h",
            "+1h",
            "1.5h",
            "1w",
            "1 h",
            "99999999999999999999d",
        ] {
            assert_eq!(parse_span(text), None, "{text}");
        }
    }
}
