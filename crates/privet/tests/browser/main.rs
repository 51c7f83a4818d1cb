//! Swagger UI as a newcomer meets it: in a real, headless Chromium that is driven through
//! `ChromeDriver`, against the real binary. Not part of `make test`, because it needs a browser; run
//! by `make test-browser`.

mod process;
mod webdriver;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::process::Process;
use crate::webdriver::{Browser, eventually};

/// How long anything may take to happen, on a slow machine that does other things besides.
const PATIENCE: Duration = Duration::from_mins(1);

const USER: &str = "0197e3a0-6f0e-7cc1-8d5e-3d5f2f7b8a10";
const SETTINGS: &str = "/api/v1/privacy/settings";

#[tokio::test]
async fn swagger_ui_authorizes_then_reads_and_updates_settings() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let privet = Privet::start(folder.path())?;
    let token = privet.token_for(USER)?;
    let browser = Browser::open(folder.path()).await?;
    let outcome = try_out_settings(&browser, &privet.swagger_ui, &token).await;
    // The picture shows what went wrong, too; and only a closed browser ends its processes.
    let picture = browser.take_picture("swagger-ui.png").await;
    browser.close().await?;
    outcome.with_context(|| format!("see {picture:?}"))?;
    picture?;
    Ok(())
}

async fn try_out_settings(browser: &Browser, swagger_ui: &str, token: &str) -> Result<()> {
    browser.go_to(swagger_ui).await?;
    authorize(browser, token).await?;

    let read = Operation::open(browser, "get", SETTINGS).await?;
    read.execute().await?;
    read.shows("200", r#""show_last_seen": true"#).await?;

    let update = Operation::open(browser, "put", SETTINGS).await?;
    update
        .set_body(r#"{"setting": "show_last_seen", "value": false}"#)
        .await?;
    update.execute().await?;
    update.shows("200", r#""status": "updated""#).await?;

    read.execute().await?;
    read.shows("200", r#""show_last_seen": false"#).await
}

async fn authorize(browser: &Browser, token: &str) -> Result<()> {
    browser.click(".auth-wrapper .btn.authorize").await?;
    browser.type_into(".auth-container input", token).await?;
    browser.click(".auth-container .btn.authorize").await?;
    // Only there once the token is taken.
    browser
        .find(".auth-container .authorized, .auth-container .wrapper code")
        .await?;
    browser.click(".auth-container .btn-done").await
}

/// One operation of the document, opened for trying it out.
struct Operation<'a> {
    browser: &'a Browser,
    /// The CSS selector of its block on the page.
    block: String,
}

impl<'a> Operation<'a> {
    async fn open(browser: &'a Browser, method: &str, path: &str) -> Result<Self> {
        let block = format!(r#".opblock-{method}:has(.opblock-summary-path[data-path="{path}"])"#);
        browser
            .click(&format!("{block} .opblock-summary-control"))
            .await?;
        // It may be on from the start; then the same button would switch it off.
        let try_out = format!("{block} .try-out__btn:not(.cancel)");
        let execute = format!("{block} .btn.execute");
        eventually(async || {
            if browser.look_for(&execute).await.is_err() {
                browser.act(&try_out, "click", &json!({})).await?;
            }
            browser.look_for(&execute).await
        })
        .await?;
        Ok(Self { browser, block })
    }

    async fn set_body(&self, body: &str) -> Result<()> {
        // Over the example: select all, let go of the modifier keys, write.
        let keys = format!("\u{E009}a\u{E000}{body}");
        self.browser
            .type_into(&format!("{} textarea.body-param__text", self.block), &keys)
            .await
    }

    async fn execute(&self) -> Result<()> {
        self.browser
            .click(&format!("{} .btn.execute", self.block))
            .await
    }

    async fn shows(&self, status: &str, part_of_body: &str) -> Result<()> {
        let answer = format!("{} .live-responses-table tbody .response", self.block);
        eventually(async || {
            let shown = self
                .browser
                .text(&format!("{answer} .response-col_status"))
                .await?;
            ensure!(
                shown.starts_with(status),
                "the status shown is {shown:?}, not {status}"
            );
            let shown = self
                .browser
                .text(&format!("{answer} .response-col_description"))
                .await?;
            ensure!(
                shown.contains(part_of_body),
                "{part_of_body} is not in {shown:?}"
            );
            Ok(())
        })
        .await
    }
}

/// A running Privet with a database of its own.
struct Privet {
    swagger_ui: String,
    folder: PathBuf,
    _process: Process,
}

impl Privet {
    fn start(folder: &Path) -> Result<Self> {
        let (process, line) = Process::start(&mut Self::command(folder), "Swagger UI: ")?;
        let (_, address) = line
            .split_once("Swagger UI: ")
            .context("no address in the log")?;
        Ok(Self {
            swagger_ui: address.trim().to_owned(),
            folder: folder.to_owned(),
            _process: process,
        })
    }

    fn token_for(&self, user: &str) -> Result<String> {
        let output = Self::command(&self.folder)
            .args(["token", "--user", user])
            .output()?;
        ensure!(output.status.success(), "privet token: {output:?}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_privet"));
        command
            .env_clear()
            .env("PRIVET_LISTEN", "127.0.0.1:0")
            .env(
                "DATABASE_URL",
                format!("sqlite://{}/privet.db", folder.display()),
            )
            .current_dir(folder);
        command
    }
}
