//! The Prometheus text format, version 0.0.4.

use std::fmt::{Display, Write};

use super::series::{BOUNDS, Snapshot};

/// The text so far.
#[derive(Default)]
pub struct Text(String);

impl Text {
    /// The lines above a metric.
    pub fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// An integer.
    pub fn whole(&mut self, name: &str, labels: &str, value: u64) {
        self.line(format_args!("{name}{} {value}", Braced(labels, "")));
    }

    /// Any number.
    pub fn value(&mut self, name: &str, labels: &str, value: f64) {
        self.line(format_args!("{name}{} {value}", Braced(labels, "")));
    }

    /// A histogram: its cumulative buckets, the sum, and the count.
    pub fn histogram(&mut self, name: &str, labels: &str, snapshot: &Snapshot) {
        let bounds = BOUNDS.iter().map(f64::to_string);
        let bounds = bounds.chain(["+Inf".to_owned()]);
        let mut count = 0;
        for (bound, in_bucket) in bounds.zip(snapshot.counts) {
            count += in_bucket;
            let bound = format!("le=\"{bound}\"");
            self.line(format_args!(
                "{name}_bucket{} {count}",
                Braced(labels, &bound)
            ));
        }
        let seconds = snapshot.sum.as_secs_f64();
        self.line(format_args!("{name}_sum{} {seconds}", Braced(labels, "")));
        self.line(format_args!("{name}_count{} {count}", Braced(labels, "")));
    }

    /// The whole text.
    pub fn into_string(self) -> String {
        self.0
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

/// Labels in written form, without braces: `a="b",c="d"`.
pub fn labels<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let quoted = labels.map(|(name, value)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{name}=\"{}\"", value.replace('\n', "\\n"))
    });
    quoted.collect::<Vec<_>>().join(",")
}

/// Labels and one more, in braces if there are any.
struct Braced<'a>(&'a str, &'a str);

impl Display for Braced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(labels, other) = self;
        match (labels.is_empty(), other.is_empty()) {
            (true, true) => Ok(()),
            (false, false) => write!(f, "{{{labels},{other}}}"),
            (true, false) | (false, true) => write!(f, "{{{labels}{other}}}"),
        }
    }
}
