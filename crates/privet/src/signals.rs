//! The signals that the process listens for, and what it does at them.

mod maintenance;
mod sighup;
mod stop;

pub use maintenance::Upkeep;
pub use sighup::Hangups;
pub use stop::StopSignals;
