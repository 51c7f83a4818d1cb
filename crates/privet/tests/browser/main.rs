//! Privet as browsers meet it: a real, headless Chromium that is driven through `ChromeDriver`, against
//! the real binary. Not part of `make test`, because it needs a browser; run by `make test-browser`.

mod pages;
mod privet;
mod process;
mod swagger_ui;
mod typescript;
mod webdriver;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::webdriver::Browser;

/// How long anything may take to happen, on a slow machine that does other things besides.
const PATIENCE: Duration = Duration::from_mins(1);

const USER: &str = "0197e3a0-6f0e-7cc1-8d5e-3d5f2f7b8a10";

/// Selects all and lets go of the modifier keys: what is typed next takes its place.
const OVER_ALL: &str = "\u{E009}a\u{E000}";

/// Opens a browser, does something in it, and takes a picture, which shows what went wrong, too.
async fn in_a_browser(
    folder: &Path,
    picture: &str,
    act: impl AsyncFnOnce(&Browser) -> Result<()>,
) -> Result<()> {
    let browser = Browser::open(folder).await?;
    let outcome = act(&browser).await;
    let picture = browser.take_picture(picture).await;
    // Only a closed browser ends its processes.
    browser.close().await?;
    outcome.with_context(|| format!("see {picture:?}"))?;
    picture?;
    Ok(())
}
