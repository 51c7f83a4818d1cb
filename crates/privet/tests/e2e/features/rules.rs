//! What the settings allow: decisions, and every endpoint that is built on them.

mod access;
mod authzen;
mod decisions;
mod enforcement;
mod explanations;
mod filter;
mod history;
mod messenger;
