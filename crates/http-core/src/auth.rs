//! Authentication: tokens and their keys, the middleware that requires them, and requests that fail
//! authentication.

mod erased_users;
pub mod failed_authentication;
pub mod identity;
pub mod middleware;
pub mod scopes;
