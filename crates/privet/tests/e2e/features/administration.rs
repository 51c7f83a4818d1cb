//! Administration: what services and the product's staff do to users.

mod import;
mod support;
