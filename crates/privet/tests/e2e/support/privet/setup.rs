//! The set-ups that Privet runs in, in each of which it behaves the same.

use super::program::is_spread;
use crate::support::Backend;

/// A store, whether there is a Redis beside it, and how many replicas share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// The embedded store.
    Sqlite,
    /// PostgreSQL alone: nothing is cached.
    Postgres,
    /// PostgreSQL, and a cache in Redis.
    PostgresRedis,
    /// The same for two replicas, whom clients ask in turn.
    TwoReplicas,
}

impl Setup {
    /// The set-up of a test that runs in one. SQLite starts soonest, but has no statements of a distributed database.
    pub fn of_one() -> Self {
        if is_spread() {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }

    /// The store.
    pub const fn backend(self) -> Backend {
        match self {
            Self::Sqlite => Backend::Sqlite,
            Self::Postgres | Self::PostgresRedis | Self::TwoReplicas => Backend::Postgres,
        }
    }

    /// Whether Redis is part of it.
    pub const fn has_redis(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgres => false,
            Self::PostgresRedis | Self::TwoReplicas => true,
        }
    }

    /// How many processes one [`Server`](crate::support::Server) is.
    pub const fn replicas(self) -> usize {
        match self {
            Self::Sqlite | Self::Postgres | Self::PostgresRedis => 1,
            Self::TwoReplicas => 2,
        }
    }
}

impl From<Backend> for Setup {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite,
            Backend::Postgres => Self::Postgres,
        }
    }
}
