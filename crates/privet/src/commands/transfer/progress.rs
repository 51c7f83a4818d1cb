//! The progress of a long command, on standard error if that is a terminal.

use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// How often the bar is drawn without progress.
const TICK: Duration = Duration::from_millis(200);

/// A progress bar.
pub struct Progress(ProgressBar);

impl Progress {
    /// Of a text of this length in bytes; of an unknown length without.
    pub fn of(bytes: Option<u64>) -> Self {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes).with_style(style(
                "{bar:30} {percent}% {msg} {elapsed_precise}, {eta_precise} left",
            )),
            None => {
                ProgressBar::new_spinner().with_style(style("{spinner} {msg} {elapsed_precise}"))
            }
        };
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Shows what was read so far.
    pub fn show(&self, bytes: u64, lines: u64) {
        self.0.set_position(bytes);
        self.0.set_message(format!("{} lines", HumanCount(lines)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The default style if the template is wrong, which a test excludes.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [
            "{bar:30} {percent}% {msg} {elapsed_precise}, {eta_precise} left",
            "{spinner} {msg} {elapsed_precise}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
