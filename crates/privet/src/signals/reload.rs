//! The reload at SIGHUP: its participants and its log lines.

use async_trait::async_trait;
use privet_application::in_one_line;

use crate::configuration::Environment;

/// Data that is reloaded at SIGHUP.
#[async_trait(?Send)]
pub trait Reload {
    /// Reads the configured files and URLs again. One result for each of them. If one is invalid, the previous
    /// content MUST stay in use.
    async fn reload(&mut self, environment: &Environment<'_>) -> Vec<Reloaded>;
}

/// The result of reading one file or URL again.
#[derive(Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// The name of its variable.
    pub source: &'static str,
    /// Why the previous content stays in use; `None` if it was replaced.
    pub problem: Option<String>,
}

/// Reloads all of them one by one. Logs one line for each failure and one for all that were replaced.
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
        tracing::info!("SIGHUP: no file or URL is configured");
    }
}
