//! A small HTTP client that keeps an answer's status, headers and body together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use uuid::Uuid;

/// Somebody who makes requests of one server. Where it is several replicas, each is asked in turn, so that
/// what was changed on one is read on another; whoever this is cloned for takes part in the turns.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_urls: Arc<[String]>,
    turn: Arc<AtomicUsize>,
    token: Option<String>,
    id: Option<Uuid>,
}

impl Client {
    pub fn new(
        http: reqwest::Client,
        base_urls: Arc<[String]>,
        first: usize,
        token: Option<String>,
    ) -> Self {
        Self {
            http,
            base_urls,
            turn: Arc::new(AtomicUsize::new(first)),
            token,
            id: None,
        }
    }

    /// The same, with the id of the token's user.
    #[must_use]
    pub fn known_as(mut self, id: Uuid) -> Self {
        self.id = Some(id);
        self
    }

    /// The same, who asks only this replica of the server's.
    #[must_use]
    pub fn on_replica(&self, number: usize) -> Self {
        let base_url = self.base_urls[number].clone();
        Self {
            base_urls: Arc::new([base_url]),
            ..self.clone()
        }
    }

    /// The user whose token this client has.
    pub fn id(&self) -> Uuid {
        self.id.expect("this client is no user")
    }

    /// The client's token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("this client has no token")
    }

    /// A request still to be sent.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let base_url = &self.base_urls[turn % self.base_urls.len()];
        let mut request = self.http.request(method, format!("{base_url}{path}"));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        Request(request)
    }

    /// `GET path`
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: impl Into<Value>) -> Answer {
        self.request(Method::PUT, path).json(body).send().await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: impl Into<Value>) -> Answer {
        self.request(Method::PATCH, path).json(body).send().await
    }

    /// `PUT path` without a body.
    pub async fn add(&self, path: &str) -> Answer {
        self.request(Method::PUT, path).send().await
    }

    /// `DELETE path`
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: impl Into<Value>) -> Answer {
        self.request(Method::POST, path).json(body).send().await
    }
}

/// A request still to be sent.
#[derive(Debug)]
pub struct Request(reqwest::RequestBuilder);

impl Request {
    /// With this header; once more for another value of the same.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        Self(
            self.0
                .header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap()),
        )
    }

    /// With a JSON body and its content type.
    #[must_use]
    pub fn json(self, body: impl Into<Value>) -> Self {
        Self(self.0.json(&body.into()))
    }

    /// With these bytes, and no content type but what [`Self::header`] sets.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self(self.0.body(body.into()))
    }

    /// Sends it and reads the whole answer; of a stream only its beginning, up to the end of the first event.
    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// The same where the server may go away meanwhile.
    pub async fn try_send(self) -> reqwest::Result<Answer> {
        let response = self.open().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_stream = headers
            .get("Content-Type")
            .is_some_and(|it| it == "text/event-stream");
        let text = if is_stream {
            beginning(response).await?
        } else {
            response.text().await?
        };
        Ok(Answer {
            status,
            headers,
            text,
        })
    }

    /// Sends it, and answers before the body has come.
    pub async fn open(self) -> reqwest::Result<reqwest::Response> {
        self.0.send().await
    }
}

/// The text of a stream up to the end of its first event.
async fn beginning(mut stream: reqwest::Response) -> reqwest::Result<String> {
    let mut text = String::new();
    let has_event = |text: &str| {
        let data = text.find("data:").map(|begin| &text[begin..]);
        data.is_some_and(|data| data.contains("\n\n"))
    };
    while !has_event(&text) {
        let Some(bytes) = stream.chunk().await? else {
            break;
        };
        text.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    Ok(text)
}

/// An answer. Shows all of itself, for the messages of failed assertions.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// A header that must be there once.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().unwrap_or_else(|| panic!("no {name}: {self}"));
        assert!(values.next().is_none(), "more than one {name}: {self}");
        value.to_str().unwrap()
    }

    /// Whether the header is there.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write!(f, "\n{}", self.text)
    }
}
