//! Endpoints of administration: what services do on behalf of the product's staff.

pub mod cohorts;
pub mod support;
