//! A small client of the W3C's `WebDriver` protocol, as far as the test needs it. It knows nothing of
//! what is on the pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::process::Process;

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A browser window. Elements are named by CSS selectors.
pub struct Browser {
    http: Client,
    session: String,
    _driver: Process,
}

impl Browser {
    /// Starts `ChromeDriver`, and by it a Chromium whose files are in the folder.
    pub async fn open(folder: &Path) -> Result<Self> {
        let mut command = Command::new("chromedriver");
        // Chromium leaves an empty folder behind in the one for temporary files.
        command.arg("--port=0").env("TMPDIR", folder);
        let (driver, line) = Process::start(&mut command, "started successfully on port ")
            .context("scripts/test-browser installs ChromeDriver, or says how to")?;
        let port: String = line.chars().filter(char::is_ascii_digit).collect();
        let sessions = format!("http://127.0.0.1:{port}/session");

        let http = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let profile = format!("--user-data-dir={}/chromium", folder.display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-proxy-server",
            "--window-size=1280,2400",
            &profile,
        ];
        let wanted = json!({"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}});
        let answer = send(
            &http,
            Method::POST,
            &sessions,
            &json!({"capabilities": wanted}),
        )
        .await?;
        let id = text_of(&answer, "sessionId").context("ChromeDriver names no session")?;
        Ok(Self {
            session: format!("{sessions}/{id}"),
            http,
            _driver: driver,
        })
    }

    /// Ends the Chromium. Killing `ChromeDriver` alone would leave it running.
    pub async fn close(self) -> Result<()> {
        self.call(Method::DELETE, "", &Value::Null).await?;
        Ok(())
    }

    pub async fn go_to(&self, url: &str) -> Result<()> {
        self.call(Method::POST, "/url", &json!({"url": url}))
            .await?;
        Ok(())
    }

    /// Clicks as soon as there is such an element and nothing covers it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        eventually(async || self.act(selector, "click", &json!({})).await).await
    }

    /// Types as soon as there is such an element and it takes keys.
    pub async fn type_into(&self, selector: &str, keys: &str) -> Result<()> {
        eventually(async || self.act(selector, "value", &json!({"text": keys})).await).await
    }

    /// Waits until there is such an element.
    pub async fn find(&self, selector: &str) -> Result<String> {
        eventually(async || self.look_for(selector).await).await
    }

    /// Does something to the element that is there at the moment.
    pub async fn act(&self, selector: &str, action: &str, body: &Value) -> Result<()> {
        let element = self.look_for(selector).await?;
        self.call(Method::POST, &format!("/element/{element}/{action}"), body)
            .await?;
        Ok(())
    }

    /// What the element shows at the moment.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let element = self.look_for(selector).await?;
        let path = format!("/element/{element}/text");
        let text = self.call(Method::GET, &path, &Value::Null).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The first such element, or an error when there is none at the moment.
    pub async fn look_for(&self, selector: &str) -> Result<String> {
        let body = json!({"using": "css selector", "value": selector});
        let found = self.call(Method::POST, "/element", &body).await?;
        // An object with one member, which a constant of the standard names.
        let id = found
            .as_object()
            .and_then(|members| members.values().next()?.as_str());
        Ok(id.context("an element without an id")?.to_owned())
    }

    /// Saves what the window shows among the build's files, and says where.
    pub async fn take_picture(&self, name: &str) -> Result<PathBuf> {
        let picture = self.call(Method::GET, "/screenshot", &Value::Null).await?;
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(
            &file,
            BASE64_STANDARD.decode(picture.as_str().unwrap_or_default())?,
        )?;
        Ok(file)
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.session);
        send(&self.http, method, &url, body)
            .await
            .with_context(|| format!("{path} {body}"))
    }
}

/// Calls `ChromeDriver`; its errors become errors here.
async fn send(http: &Client, method: Method, url: &str, body: &Value) -> Result<Value> {
    let mut request = http.request(method, url);
    if !body.is_null() {
        request = request.json(body);
    }
    let response = request.send().await?;
    let failed = !response.status().is_success();
    let mut answer: Value = response.json().await?;
    let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
    ensure!(
        !failed,
        "{}",
        text_of(&value, "message").unwrap_or("an error without a message")
    );
    Ok(value)
}

fn text_of<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member)?.as_str()
}

/// Tries until it works, or returns the last error when patience has run out.
pub async fn eventually<T>(attempt: impl AsyncFn() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match attempt().await {
            Err(_) if start.elapsed() < PATIENCE => tokio::time::sleep(BETWEEN_LOOKS).await,
            outcome => return outcome,
        }
    }
}
