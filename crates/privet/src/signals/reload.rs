//! SIGHUP reads files and URLs again: what takes part, and what the log says of it.

use async_trait::async_trait;
use privet_application::in_one_line;

use crate::configuration::Environment;

/// Something that is read again at a SIGHUP.
#[async_trait(?Send)]
pub trait Reload {
    /// Reads again what the configuration names. One result for each file or URL that is configured. Where one
    /// cannot be used, what was in force before MUST stay in force.
    async fn reload(&mut self, environment: &Environment<'_>) -> Vec<Reloaded>;
}

/// How reading one file or URL again ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// What was read, by the name of its variable.
    pub source: &'static str,
    /// Why what was in force before stays; `None` if it was replaced.
    pub problem: Option<String>,
}

/// Reloads all of them in turn. Logs one line for each failure and one for all that were replaced.
pub async fn reload_all<'a>(
    reloads: impl IntoIterator<Item = &'a mut dyn Reload>,
    environment: &Environment<'_>,
) {
    let mut results = Vec::new();
    for reload in reloads {
        results.extend(reload.reload(environment).await);
    }
    log(&results);
}

fn log(results: &[Reloaded]) {
    let mut replaced = Vec::new();
    for Reloaded { source, problem } in results {
        let Some(problem) = problem else {
            replaced.push(*source);
            continue;
        };
        let problem = in_one_line(problem);
        tracing::error!(
            exception.message = problem,
            "SIGHUP: {source} stays as it was"
        );
    }
    if !replaced.is_empty() {
        let replaced = replaced.join(", ");
        tracing::info!("SIGHUP: read again: {replaced}");
    } else if results.is_empty() {
        tracing::info!("SIGHUP: nothing that is configured is read from a file or a URL");
    }
}
