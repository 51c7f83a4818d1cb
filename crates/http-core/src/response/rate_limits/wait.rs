//! The waiting time that is sent to a client.

use std::time::Duration;

/// The same in words.
#[must_use]
pub fn seconds(wait: Duration) -> String {
    match whole_seconds(wait) {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

/// Rounded up, and at least 1, as `Retry-After` requires.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds_and_never_zero() {
        for (wait, seconds) in [
            (0, 1),
            (1, 1),
            (999, 1),
            (1_000, 1),
            (1_001, 2),
            (59_500, 60),
        ] {
            assert_eq!(
                whole_seconds(Duration::from_millis(wait)),
                seconds,
                "{wait} ms"
            );
        }
    }
}
