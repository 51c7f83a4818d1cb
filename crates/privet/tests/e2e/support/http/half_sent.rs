//! Requests that stop in the middle of their body.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::{SECRET, Server, Token};

const CONTINUE: [u8; 25] = *b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request whose last byte is yet to be sent.
pub struct HalfSent {
    stream: TcpStream,
    rest: String,
}

impl HalfSent {
    /// Sends a user's request to the first replica: `target` is method and path, `fields` are further lines
    /// of the head, each with its end.
    pub async fn begin(
        server: &Server,
        user: Uuid,
        target: &str,
        fields: &str,
        body: &str,
    ) -> Self {
        let (first, rest) = body.split_at(body.len() - 1);
        let head = format!(
            "{target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{fields}\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\
             Connection: close\r\n\r\n",
            server.authority(),
            Token::of(user).sign(SECRET),
            body.len()
        );
        let mut stream = TcpStream::connect(server.authority()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // By this the server says that it has read the head.
        let mut said = [0; CONTINUE.len()];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(said, CONTINUE);
        stream.write_all(first.as_bytes()).await.unwrap();
        Self {
            stream,
            rest: rest.to_owned(),
        }
    }

    /// Sends the rest, and reads the whole answer.
    pub async fn finish(&mut self) -> String {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
