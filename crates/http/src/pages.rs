//! HTML pages.

pub mod swagger_ui;
