//! What Privet talks to: databases, Redis and a server of keys, and a proxy that cuts the connections to them.

pub mod certificates;
pub mod database;
pub mod key_server;
pub mod postgres_pair;
pub mod proxy;
pub mod redis_server;
pub mod shared_redis;
pub mod sql;
pub mod tls_postgres;
