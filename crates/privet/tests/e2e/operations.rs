//! Everything that operators use: commands, configuration, containers, start and stop, health, metrics, logs and
//! documentation.

mod command_line;
mod configuration;
mod containers;
mod demo;
mod docs;
mod endpoints;
mod first_minute;
mod lifecycle;
mod logs;
mod metrics;
mod monitoring;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
mod postgres_tls;
mod reloading;
mod restoring;
mod transfer;
