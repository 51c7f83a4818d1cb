//! A user's life: first sight, settings read and changed, contacts, blocks and follows, decisions about them,
//! exports, requests that are refused or are none, and the end.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::support::{Answer, Client, SECRET, Server, Token, new_user_id};

/// How many steps a life has: so many that few tokens are ever seen, since those are remembered.
const STEPS: usize = 600;
/// How long nothing is done between two steps.
const PAUSE: Duration = Duration::from_millis(4);
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than any run, in seconds.
const TOKENS_LAST: i64 = 1_000_000;

const SETTINGS: &str = "/api/v1/privacy/settings";
const PREFERENCES: &str = "/api/users/me/preferences/";
const RESET: &str = "/api/users/me/preferences/reset/";
const EMAIL: &str = "/api/users/me/privacy-settings/";
const ACCOUNT: &str = "/api/v1/e-social/privacy/account";

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Users who were erased.
    pub lives: usize,
    requests: usize,
    changes: usize,
    decisions: usize,
    exports: usize,
    refused: usize,
    garbage: usize,
}

impl Done {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            lives: self.lives + other.lives,
            requests: self.requests + other.requests,
            changes: self.changes + other.changes,
            decisions: self.decisions + other.decisions,
            exports: self.exports + other.exports,
            refused: self.refused + other.refused,
            garbage: self.garbage + other.garbage,
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            lives,
            requests,
            changes,
            decisions,
            exports,
            refused,
            garbage,
        } = self;
        write!(
            f,
            "{requests} requests, of them {changes} changes, {decisions} decisions, {exports} exports, {refused} without \
             a good token, {garbage} garbage; {lives} users were erased"
        )
    }
}

/// One life after the other, until then.
pub async fn live(server: Rc<Server>, number: usize, until: Instant) -> Done {
    let mut done = Done::default();
    let service = Token::of(new_user_id()).claim("scope", "privacy:decide users:erase");
    let service = server.bearer(&service.expiring_in(TOKENS_LAST).sign(SECRET));
    // Somebody who stays, for everybody to know.
    let friend = user(&server);
    assert_eq!(friend.get(SETTINGS).await.status, 200);
    let mut first = true;
    while Instant::now() < until {
        let mut life = Life {
            server: &server,
            user: user(&server),
            friend: &friend,
            service: &service,
            done: Done::default(),
        };
        // The first lives end at different times.
        let steps = if first {
            STEPS * (number + 1) / 12
        } else {
            STEPS
        };
        first = false;
        for step in 0..steps.min(STEPS) {
            if Instant::now() >= until {
                break;
            }
            life.step(step + number).await;
            sleep(PAUSE).await;
        }
        life.end(number).await;
        done = done.and(life.done);
    }
    done
}

fn user(server: &Server) -> Client {
    let id = new_user_id();
    server
        .bearer(&Token::of(id).expiring_in(TOKENS_LAST).sign(SECRET))
        .known_as(id)
}

/// One of each kind, in turn, with another value each time.
fn a_change(step: usize) -> (Method, &'static str, Value) {
    let on = step % 48 < 24;
    let color = format!("#{step:06x}");
    match step % 24 {
        0 => (
            Method::PATCH,
            PREFERENCES,
            json!({"theme.accent_color": color}),
        ),
        1 => (
            Method::PUT,
            SETTINGS,
            json!({"setting": "show_last_seen", "value": on}),
        ),
        2 => (Method::PATCH, EMAIL, json!({"allow_email_contact": on})),
        3 => (Method::PUT, ACCOUNT, json!({"isPrivate": on})),
        _ => (Method::POST, RESET, json!({})),
    }
}

/// One that hardly anybody has failed from.
fn an_address() -> String {
    let [.., a, b, c, d] = new_user_id().as_u128().to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}

struct Life<'a> {
    server: &'a Server,
    user: Client,
    friend: &'a Client,
    service: &'a Client,
    done: Done,
}

impl Life<'_> {
    async fn step(&mut self, step: usize) {
        match step % 24 {
            0..=4 => self.change(a_change(step)).await,
            5 => self.know().await,
            6 => self.follow().await,
            7 | 8 => self.decide().await,
            9 => self.get_of(self.friend.clone(), SETTINGS).await,
            10 => self.fail_to_authenticate(step).await,
            11 => self.send_nonsense(step).await,
            12 if step % 240 == 12 => self.export().await,
            13 => self.get("/api/v1/privacy/audit?limit=20").await,
            14 => self.get_access().await,
            15 => self.get("/metrics").await,
            step if step % 3 == 0 => self.get(EMAIL).await,
            step if step % 3 == 1 => self.get(PREFERENCES).await,
            _ => self.get(SETTINGS).await,
        }
    }

    fn took(&mut self, answer: &Answer, expected: &[u16]) {
        self.done.requests += 1;
        assert!(expected.contains(&answer.status), "{answer}");
    }

    async fn get(&mut self, path: &str) {
        self.get_of(self.user.clone(), path).await;
    }

    async fn get_of(&mut self, user: Client, path: &str) {
        let answer = user.get(path).await;
        self.took(&answer, &[200]);
    }

    async fn change(&mut self, (method, path, body): (Method, &str, Value)) {
        let answer = self.user.request(method, path).json(body).send().await;
        self.took(&answer, &[200]);
        self.done.changes += 1;
    }

    async fn get_access(&mut self) {
        let friend = self.friend.id();
        self.get(&format!("/api/v1/privacy/users/{friend}/access"))
            .await;
    }

    async fn know(&mut self) {
        for list in ["contacts", "blocks"] {
            let path = format!("/api/v1/{list}/{}", self.friend.id());
            let answer = self.user.add(&path).await;
            self.took(&answer, &[201]);
            let answer = self.user.delete(&path).await;
            self.took(&answer, &[204]);
            self.get(&format!("/api/v1/{list}?limit=5")).await;
        }
    }

    async fn follow(&mut self) {
        let path = format!("/api/v1/e-social/follows/{}", self.friend.id());
        for method in [Method::POST, Method::DELETE] {
            let answer = self.user.request(method, &path).send().await;
            self.took(&answer, &[200]);
        }
    }

    async fn decide(&mut self) {
        let check = |viewer: Uuid, subject: Uuid| json!({"viewer": viewer, "subject": subject, "action": "view_last_seen"});
        let (user, friend) = (self.user.id(), self.friend.id());
        let checks = [
            check(user, friend),
            check(friend, user),
            check(new_user_id(), user),
        ];
        let answer = self
            .service
            .post("/api/v1/privacy/decisions", json!({"checks": checks}))
            .await;
        self.took(&answer, &[200]);
        self.done.decisions += checks.len();
    }

    async fn export(&mut self) {
        self.get("/api/v1/users/me/export").await;
        self.done.exports += 1;
    }

    async fn fail_to_authenticate(&mut self, step: usize) {
        let token = match step % 3 {
            0 => Token::of(new_user_id()).sign("another secret of more than thirty-two bytes"),
            1 => Token::of(new_user_id()).expiring_in(-5).sign(SECRET),
            _ => new_user_id().to_string(),
        };
        let request = self.server.bearer(&token).request(Method::GET, SETTINGS);
        let request = request.header("X-Forwarded-For", &an_address());
        self.took(&request.send().await, &[401, 429]);
        self.done.refused += 1;
    }

    async fn send_nonsense(&mut self, step: usize) {
        let id = new_user_id();
        let long = "x".repeat(3_000);
        let nonsense = match step % 5 {
            0 => format!("{id}\r\n\r\n"),
            1 => format!("GET /{id} HTTP/1.1\r\nHost: privet\r\nConnection: close\r\n\r\n"),
            2 => format!(
                "POST {PREFERENCES} HTTP/1.1\r\nHost: privet\r\nContent-Length: {long}\r\n\r\n"
            ),
            3 => format!(
                "GET {SETTINGS} HTTP/1.1\r\nHost: privet\r\nAuthorization: Bearer {long}\r\nConnection: close\r\n\r\n"
            ),
            // Hangs up in the middle.
            _ => format!(
                "PATCH {PREFERENCES} HTTP/1.1\r\nHost: privet\r\nContent-Length: 900\r\n\r\n{{"
            ),
        };
        let mut stream = TcpStream::connect(self.server.authority()).await.unwrap();
        // The server may have heard enough before the end.
        let _ = stream.write_all(nonsense.as_bytes()).await;
        if step % 5 < 4 {
            let mut said = [0; 9];
            let read = timeout(PATIENCE, stream.read_exact(&mut said)).await;
            let read = read.expect("an answer should have come");
            assert!(read.is_err() || said == *b"HTTP/1.1 ", "{said:?}");
        }
        self.done.requests += 1;
        self.done.garbage += 1;
    }

    async fn end(&mut self, number: usize) {
        let answer = if number.is_multiple_of(2) {
            self.user.delete("/api/v1/users/me").await
        } else {
            let path = format!("/api/v1/users/{}", self.user.id());
            self.service.delete(&path).await
        };
        self.took(&answer, &[200]);
        let request = self.user.request(Method::GET, SETTINGS);
        let request = request.header("X-Forwarded-For", &an_address());
        self.took(&request.send().await, &[401]);
        self.done.lives += 1;
    }
}
