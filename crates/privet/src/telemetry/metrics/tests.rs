//! The registry, used through the facade.

use std::thread;

use metrics::{Label, Level as Severity};

use super::*;

const METADATA: Metadata<'static> = Metadata::new("tests", Severity::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    let labels = labels.iter().map(|(name, value)| Label::new(*name, *value));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}

fn counter(registry: &Registry, labels: &[(&'static str, &'static str)]) -> Counter {
    registry.register_counter(&key("things_total", labels), &METADATA)
}

#[test]
fn what_several_threads_count_is_added_up() {
    let registry = Registry::default();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    counter(&registry, &[("kind", "a")]).increment(1);
                }
            });
        }
    });
    let text = registry.render();
    assert!(text.contains("things_total{kind=\"a\"} 20000\n"), "{text}");
}

#[test]
fn a_metric_is_described_once_above_its_series() {
    let registry = Registry::default();
    registry.describe_counter("things_total".into(), None, "Things.\nAll of them.".into());
    registry.describe_counter("never_used_total".into(), None, "Nothing.".into());
    counter(&registry, &[("kind", "b")]).increment(2);
    counter(&registry, &[("kind", "a")]).increment(1);
    assert_eq!(
        registry.render(),
        "# HELP things_total Things.\\nAll of them.\n# TYPE things_total counter\n\
         things_total{kind=\"a\"} 1\nthings_total{kind=\"b\"} 2\n"
    );
}

#[test]
fn a_label_can_hold_anything_without_breaking_its_line() {
    let registry = Registry::default();
    counter(&registry, &[("kind", "a\"b\\c\nd")]).increment(1);
    let text = registry.render();
    assert!(text.contains("{kind=\"a\\\"b\\\\c\\nd\"} 1\n"), "{text}");
}

#[test]
fn a_gauge_goes_up_and_down() {
    let registry = Registry::default();
    let gauge = registry.register_gauge(&key("level", &[]), &METADATA);
    gauge.set(2.5);
    gauge.increment(2.0);
    gauge.decrement(5.0);
    assert!(registry.render().ends_with("\nlevel -0.5\n"));
}

#[test]
fn a_duration_falls_into_its_bucket_and_all_above() {
    let registry = Registry::default();
    let histogram = registry.register_histogram(&key("wait_seconds", &[]), &METADATA);
    for seconds in [0.000_1, 0.001, 0.001_1, 0.3, 11.0] {
        histogram.record(seconds);
    }
    let text = registry.render();
    for line in [
        "wait_seconds_bucket{le=\"0.00025\"} 1\n",
        "wait_seconds_bucket{le=\"0.0005\"} 1\n",
        "wait_seconds_bucket{le=\"0.001\"} 2\n",
        "wait_seconds_bucket{le=\"0.0025\"} 3\n",
        "wait_seconds_bucket{le=\"0.5\"} 4\n",
        "wait_seconds_bucket{le=\"10\"} 4\n",
        "wait_seconds_bucket{le=\"+Inf\"} 5\n",
        "wait_seconds_sum 11.3022\n",
        "wait_seconds_count 5\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn a_name_that_is_a_counter_is_no_gauge() {
    let registry = Registry::default();
    counter(&registry, &[]).increment(1);
    registry
        .register_gauge(&key("things_total", &[]), &METADATA)
        .set(7.0);
    assert!(registry.render().ends_with("\nthings_total 1\n"));
}

#[test]
fn what_is_sampled_is_as_it_stands_when_it_is_asked_for() {
    let registry = Registry::default();
    let gauge = registry.register_gauge(&key("level", &[]), &METADATA);
    let asked = std::sync::atomic::AtomicU32::new(0);
    registry.sample(move || {
        gauge.set(f64::from(
            1 + asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        ));
    });
    assert!(registry.render().ends_with("\nlevel 1\n"));
    assert!(registry.render().ends_with("\nlevel 2\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_described_from_what_linux_knows_of_it() {
    let mut text = Text::default();
    Process::begun_at(Timestamp::from_micros(1_700_000_000_500_000).unwrap()).render(&mut text);
    let text = text.into_string();
    assert!(text.contains("\nprocess_start_time_seconds 1700000000.5\n"));
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_threads",
    ] {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value: f64 = value.unwrap_or_else(|| panic!("{text}")).parse().unwrap();
        assert!(value >= 1.0, "{name} {value}");
    }
    assert!(text.contains("\nprocess_cpu_seconds_total "), "{text}");
}
