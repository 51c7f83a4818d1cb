//! Endpoints of administration: what services do on behalf of the product's staff.

pub mod cohorts;
pub mod import;
pub mod support;
