//! Changes that travel: to the product's services, and to a user's own devices.

pub mod feed;
mod own;
mod stream;

use privet_http_core::endpoint::Endpoint;

/// The endpoints of this folder.
pub fn endpoints() -> Vec<Endpoint> {
    vec![feed::endpoint(), own::endpoint()]
}
