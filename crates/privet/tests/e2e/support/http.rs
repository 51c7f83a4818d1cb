//! Requests and responses: a client, connections written by hand, and what an error of each family looks like.

pub mod client;
pub mod half_sent;
pub mod paths;
pub mod shapes;
pub mod wire;
