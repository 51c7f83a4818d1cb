//! Metrics of the process from the system, with the names of all Prometheus clients. Read from Linux's `/proc`; on
//! other systems only the start time is available.

use std::fs;

use privet_domain::Timestamp;

use super::text::Text;

/// The clock ticks a second in `/proc`: on Linux always 100.
const TICKS: f64 = 100.0;

/// The process itself.
pub struct Process {
    begun: Timestamp,
}

impl Process {
    /// It began at this time.
    pub fn begun_at(begun: Timestamp) -> Self {
        Self { begun }
    }

    /// Writes the available metrics.
    pub fn render(&self, text: &mut Text) {
        let mut metric = |name, kind, help, value: Option<f64>| {
            if let Some(value) = value {
                text.head(name, kind, help);
                text.value(name, "", value);
            }
        };
        metric(
            "process_cpu_seconds_total",
            "counter",
            "User and system CPU time in seconds.",
            cpu_seconds(),
        );
        metric(
            "process_open_fds",
            "gauge",
            "Open file descriptors, including connections.",
            open_files(),
        );
        metric(
            "process_max_fds",
            "gauge",
            "Limit of open file descriptors.",
            most_files(),
        );
        metric(
            "process_resident_memory_bytes",
            "gauge",
            "Resident memory in bytes.",
            status("VmRSS:").map(|kibibytes| kibibytes * 1024.0),
        );
        metric(
            "process_threads",
            "gauge",
            "Threads of the process.",
            status("Threads:"),
        );
        metric(
            "process_start_time_seconds",
            "gauge",
            "Start of the process, in seconds since 1970.",
            Some(seconds(self.begun)),
        );
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds are exact in a double for centuries"
)]
fn seconds(time: Timestamp) -> f64 {
    time.as_micros() as f64 / 1_000_000.0
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name in parentheses, may contain any characters.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_ascii_whitespace().skip(11);
    let mut next = || ticks.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / TICKS)
}

fn open_files() -> Option<f64> {
    let files = fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder itself.
    Some(f64::from(u32::try_from(files.saturating_sub(1)).ok()?))
}

fn most_files() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let mut lines = limits.lines();
    let soft = lines.find_map(|line| line.strip_prefix("Max open files"))?;
    soft.split_ascii_whitespace().next()?.parse().ok()
}

fn status(field: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    value.split_ascii_whitespace().next()?.parse().ok()
}
