//! The signals of the process: those that stop it, and SIGHUP, which reloads files.

mod reload;
mod sighup;
mod stop;

pub use reload::{Reload, Reloaded, reload_all};
pub use sighup::SighupStream;
pub use stop::StopSignals;
