//! Faults, load and concurrency: the database or Redis fails, a process is killed, the clock jumps, and many clients
//! work at once. Nothing acknowledged is lost, and no read is stale.

mod clock_jumps;
mod consistency;
mod feed;
mod load_faults;
mod outages;
mod races;
mod redis_faults;
mod soak;
mod staleness;
