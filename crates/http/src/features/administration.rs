//! Administration over HTTP: what services do on behalf of the product's staff.

pub mod cohorts;
