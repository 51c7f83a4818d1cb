//! The limit of open files: each client connection needs one.

use rlimit::Resource;

use crate::configuration::Configuration;

/// Files of a process besides connections: the listener, the log, Redis, and others.
const OTHER_FILES: u64 = 128;
/// The files of a SQLite connection: the database, its log and the log's index.
const FILES_OF_A_CONNECTION: u64 = 3;

/// Raises the limit as far as possible, and warns if it is too low for the configured connections.
pub fn allow(configuration: &Configuration) {
    let wanted = wanted(
        configuration.server.max_connections,
        configuration.database.pool,
    );
    // If it cannot be raised, it may still be sufficient.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let Ok((allowed, _)) = Resource::NOFILE.get() else {
        return;
    };
    if allowed < wanted {
        tracing::warn!(
            allowed,
            wanted,
            "the limit of open files is too low for PRIVET_MAX_CONNECTIONS"
        );
    }
}

fn wanted(connections: usize, pool: u32) -> u64 {
    let connections = u64::try_from(connections).unwrap_or(u64::MAX);
    let database = u64::from(pool) * FILES_OF_A_CONNECTION;
    connections.saturating_add(database + OTHER_FILES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_clients_and_of_the_database_are_wanted() {
        assert_eq!(wanted(20_000, 8), 20_152);
    }
}
