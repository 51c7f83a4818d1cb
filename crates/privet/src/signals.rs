//! The signals that the process listens for: those that stop it, and SIGHUP, at which files are read again.

mod reload;
mod sighup;
mod stop;

pub use reload::{Reload, Reloaded, reload_all};
pub use sighup::SighupStream;
pub use stop::StopSignals;
