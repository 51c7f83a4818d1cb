//! HTTP as cheap as it gets, so that the time goes into the servers: one connection that stays open, and
//! no more of an answer looked at than is asked for.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than any answer is, in bytes.
const LONGEST_ANSWER: usize = 16_384;

/// A connection to a server.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The number in the entity tag, if there is one.
    pub revision: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Opens one to a port of this machine.
    pub async fn to(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(LONGEST_ANSWER);
        Ok(Self { stream, buffer })
    }

    /// Sends a request and reads the answer. Panics if neither an answer nor the end comes.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Reply> {
        let asking = async {
            self.stream.write_all(request).await?;
            self.buffer.clear();
            loop {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                if let Some(reply) = parse(&self.buffer) {
                    return Ok(reply);
                }
                assert!(self.buffer.len() < LONGEST_ANSWER, "the answer is too long");
            }
        };
        let answer = timeout(PATIENCE, asking).await;
        answer.expect("an answer should have come")
    }
}

/// The answer, once it is there as a whole.
fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let length: usize = field(head, "content-length").unwrap().parse().unwrap();
    let body = bytes.get(end + 4..end + 4 + length)?;
    let status = head.strip_prefix("HTTP/1.1 ").unwrap()[..3]
        .parse()
        .unwrap();
    // The documents say how entity tags are made: "<revision>-<print of the owner>".
    let revision = field(head, "etag").map(|tag| {
        let (revision, _) = tag.trim_start_matches('"').split_once('-').unwrap();
        u64::from_str_radix(revision, 16).unwrap()
    });
    Some(Reply {
        status,
        revision,
        body: body.to_vec(),
    })
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|line| {
        let (field, value) = line.split_once(": ")?;
        field.eq_ignore_ascii_case(name).then_some(value)
    })
}
