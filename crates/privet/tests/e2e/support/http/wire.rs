//! HTTP/1.1 by hand, for what a client library would smooth over: requests that stop in the middle, bodies
//! that come in chunks, and what exactly comes back over the connection.

use std::fmt::Write;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Answer, Client, Server};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection to a server.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Opens one.
    pub async fn to(server: &Server) -> Self {
        Self(BufReader::new(
            TcpStream::connect(server.authority()).await.unwrap(),
        ))
    }

    /// Opens one to a server that does not serve yet.
    pub async fn to_address(address: &str) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends these bytes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends these bytes, even where the server no longer listens.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Resets it, as a client does that is killed, or a network that has enough.
    pub fn reset(self) {
        self.0.get_ref().set_zero_linger().unwrap();
    }

    /// Reads an answer to any method but `HEAD`.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        let length = if answer.status == 304 {
            0
        } else {
            announced(&answer)
        };
        let mut body = vec![0; length];
        timeout(PATIENCE, self.0.read_exact(&mut body))
            .await
            .unwrap()
            .unwrap();
        answer.text = String::from_utf8(body).unwrap();
        answer
    }

    /// Reads an answer up to its body.
    pub async fn head(&mut self) -> Answer {
        let status_line = self.line().await;
        let status = status_line.strip_prefix("HTTP/1.1 ").unwrap();
        let status = status.split(' ').next().unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        Answer {
            status,
            headers,
            text: String::new(),
        }
    }

    /// Everything that comes until the server closes the connection.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        loop {
            let read = timeout(PATIENCE, self.0.read_buf(&mut rest)).await;
            match read.expect("the server should have closed the connection") {
                Ok(1..) => {}
                Ok(0) => return rest,
                // It closed while there was more for it to read. What it said before has come.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return rest,
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await;
        read.expect("an answer should have come").unwrap();
        assert!(line.ends_with("\r\n"), "the answer ends in {line:?}");
        line.trim_end_matches("\r\n").to_owned()
    }
}

/// The body's length that the answer announces.
pub fn announced(answer: &Answer) -> usize {
    answer.header("content-length").parse().unwrap()
}

/// A request, with the length of its body.
pub fn request(line: &str, fields: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let mut fields = fields.to_vec();
    if !body.is_empty() {
        fields.push(("Content-Length", &length));
    }
    [head(line, &fields).into_bytes(), body.to_vec()].concat()
}

/// A request up to its body.
pub fn head(line: &str, fields: &[(&str, &str)]) -> String {
    let mut head = format!("{line} HTTP/1.1\r\nHost: privet\r\n");
    for (name, value) in fields {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head + "\r\n"
}

/// The body in two chunks.
pub fn chunked(body: &[u8]) -> Vec<u8> {
    let (first, second) = body.split_at(body.len() / 2);
    let chunk =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    [chunk(first), chunk(second), b"0\r\n\r\n".to_vec()].concat()
}

/// What a user's `Authorization` holds.
pub fn authorization(user: &Client) -> String {
    format!("Bearer {}", user.token())
}
