//! Swagger UI as a newcomer meets it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::privet::Privet;
use crate::webdriver::{Browser, eventually};
use crate::{OVER_ALL, USER, in_a_browser};

const SETTINGS: &str = "/api/v1/privacy/settings";

#[tokio::test]
async fn swagger_ui_authorizes_reads_updates_and_shows_where_the_quota_ends() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let quota = ("PRIVET_LIMIT_MESSAGING_UPDATE", "2/hour");
    let privet = Privet::start(folder.path(), &[quota])?;
    let token = privet.token_for(USER)?;
    in_a_browser(folder.path(), "swagger-ui.png", async |browser| {
        browser.go_to(&privet.url("/swagger-ui/")).await?;
        authorize(browser, &token).await?;
        let read = Operation::open(browser, "get", SETTINGS).await?;
        let update = Operation::open(browser, "put", SETTINGS).await?;
        try_out_settings(&read, &update).await?;
        use_up_the_quota(&update).await
    })
    .await
}

/// Another name is another origin, to which a page sends nothing unless it is let in.
#[tokio::test]
async fn swagger_ui_works_by_another_name_of_the_machine_and_without_its_slash() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let privet = Privet::start(folder.path(), &[])?;
    let token = privet.token_for(USER)?;
    let page = privet.url("/swagger-ui").replace("127.0.0.1", "localhost");
    in_a_browser(folder.path(), "swagger-ui-localhost.png", async |browser| {
        browser.go_to(&page).await?;
        authorize(browser, &token).await?;
        let read = Operation::open(browser, "get", SETTINGS).await?;
        read.execute().await?;
        read.shows("200", r#""show_last_seen": true"#).await
    })
    .await
}

async fn try_out_settings(read: &Operation<'_>, update: &Operation<'_>) -> Result<()> {
    read.execute().await?;
    read.shows("200", r#""show_last_seen": true"#).await?;

    update
        .set_body(r#"{"setting": "show_last_seen", "value": false}"#)
        .await?;
    update.execute().await?;
    update.shows("200", r#""status": "updated""#).await?;

    read.execute().await?;
    read.shows("200", r#""show_last_seen": false"#).await
}

/// One update was made of two.
async fn use_up_the_quota(update: &Operation<'_>) -> Result<()> {
    update
        .set_body(r#"{"setting": "show_typing_indicator", "value": "never"}"#)
        .await?;
    // Refused for what it says, it counts all the same.
    update.execute().await?;
    update.shows("400", "show_typing_indicator").await?;

    update.execute().await?;
    update.shows("429", r#""code": "RATE_LIMITED""#).await?;
    update.shows("429", "retry-after: ").await
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

/// Opens every tag of the document; all are closed at first.
async fn open_tags(browser: &Browser) -> Result<()> {
    while browser.look_for(CLOSED_TAG).await.is_ok() {
        browser.click(CLOSED_TAG).await?;
    }
    Ok(())
}

const CLOSED_TAG: &str = r#".opblock-tag[data-is-open="false"]"#;

/// One operation of the document, opened for trying it out.
struct Operation<'a> {
    browser: &'a Browser,
    /// The CSS selector of its block on the page.
    block: String,
}

impl<'a> Operation<'a> {
    async fn open(browser: &'a Browser, method: &str, path: &str) -> Result<Self> {
        let block = format!(r#".opblock-{method}:has(.opblock-summary-path[data-path="{path}"])"#);
        open_tags(browser).await?;
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
        let keys = format!("{OVER_ALL}{body}");
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
