//! Administration over fakes.

mod cohorts;
mod support;
