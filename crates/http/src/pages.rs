//! Pages for people.

pub mod swagger_ui;
