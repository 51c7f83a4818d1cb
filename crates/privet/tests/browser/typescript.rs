//! The TypeScript client in a page of an application, which is of another origin than Privet.

use anyhow::{Result, ensure};

use crate::pages::Pages;
use crate::privet::Privet;
use crate::webdriver::{Browser, eventually};
use crate::{OVER_ALL, USER, in_a_browser};

#[tokio::test]
async fn a_page_reads_updates_and_notices_that_it_is_late() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = Pages::serve()?;
    let origins = ("PRIVET_CORS_ORIGINS", pages.origin());
    let privet = Privet::start(folder.path(), &[origins])?;
    in_a_browser(folder.path(), "typescript.png", async |browser| {
        run_the_example(browser, &pages, &privet).await?;
        shows(browser, "#read", "200 show_last_seen is true").await?;
        shows(browser, "#update", "200 updated").await?;
        shows(browser, "#late", "412 PRECONDITION_FAILED").await?;
        let last = "show_last_seen is false, tag changed";
        shows(browser, "#again", last).await
    })
    .await
}

#[tokio::test]
async fn a_page_of_an_origin_that_is_not_configured_reads_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = Pages::serve()?;
    let others = ("PRIVET_CORS_ORIGINS", "https://app.example.com");
    let privet = Privet::start(folder.path(), &[others])?;
    in_a_browser(folder.path(), "another-origin.png", async |browser| {
        run_the_example(browser, &pages, &privet).await?;
        shows(browser, "#failed", "Failed to fetch").await?;
        ensure!(
            browser.look_for("#read").await.is_err(),
            "it read something"
        );
        Ok(())
    })
    .await
}

async fn run_the_example(browser: &Browser, pages: &Pages, privet: &Privet) -> Result<()> {
    browser
        .go_to(&format!("{}/example.html", pages.origin()))
        .await?;
    let url = format!("{OVER_ALL}{}", privet.url(""));
    browser.type_into("input[name=url]", &url).await?;
    let token = privet.token_for(USER)?;
    browser.type_into("input[name=token]", &token).await?;
    browser.click("button").await
}

async fn shows(browser: &Browser, selector: &str, outcome: &str) -> Result<()> {
    eventually(async || {
        let shown = browser.text(selector).await?;
        ensure!(shown.contains(outcome), "{outcome:?} is not in {shown:?}");
        Ok(())
    })
    .await
}
