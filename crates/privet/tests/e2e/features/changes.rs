//! Changes that travel: to services with cursors, and to users' devices.

mod cursors;
mod devices;
mod endings;
mod feed;
mod kinds;
mod lag;
mod many;
mod slow;
mod streams;
