//! A client's connection, which is closed if it makes no progress. actix limits the time of the first head and of
//! an idle connection, but not of a later head, an unread body, or an answer that the client does not read.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::time::{Instant, Sleep, sleep};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::client_closed::ClientClosed;

/// A connection that must send bytes from time to time.
pub struct Connection<T> {
    stream: T,
    idle_timeout: Duration,
    /// The number of sends.
    sent: u64,
    /// The timer, created when the connection first waits, and `sent` at that time.
    alarm: Option<(Pin<Box<Sleep>>, u64)>,
    client_closed: ClientClosed,
}

impl<T> Connection<T> {
    /// Fails if nothing was sent for between one and two times `patience`. The inaccuracy avoids reading the clock
    /// for each request.
    pub fn new(stream: T, idle_timeout: Duration) -> Self {
        Self {
            stream,
            idle_timeout,
            sent: 0,
            alarm: None,
            client_closed: ClientClosed::default(),
        }
    }

    /// Whether the client has closed its side.
    pub fn client_closed(&self) -> ClientClosed {
        self.client_closed.clone()
    }

    /// Called when the connection is idle; wakes the task when it must check again.
    fn is_stuck(&mut self, context: &mut Context<'_>) -> bool {
        let (idle_timeout, now_sent) = (self.idle_timeout, self.sent);
        let (alarm, sent) = self
            .alarm
            .get_or_insert_with(|| (Box::pin(sleep(idle_timeout)), now_sent));
        while alarm.as_mut().poll(context).is_ready() {
            if *sent == now_sent {
                return true;
            }
            *sent = now_sent;
            alarm.as_mut().reset(Instant::now() + idle_timeout);
        }
        false
    }

    fn wait<R>(&mut self, context: &mut Context<'_>) -> Poll<Result<R, Error>> {
        if self.is_stuck(context) {
            Poll::Ready(Err(ErrorKind::TimedOut.into()))
        } else {
            Poll::Pending
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let filled = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            Poll::Ready(Ok(())) if buffer.filled().len() == filled && buffer.remaining() > 0 => {
                self.client_closed.close();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                self.client_closed.close();
                Poll::Ready(Err(error))
            }
            // A client that sends faster than the server reads never makes it wait.
            Poll::Ready(Ok(())) if buffer.remaining() == 0 && self.is_stuck(context) => {
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
            ready @ Poll::Ready(_) => ready,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context),
            ready @ Poll::Ready(_) => {
                self.sent = self.sent.wrapping_add(1);
                ready
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::net::{TcpListener, TcpStream};
    use actix_web::rt::time::timeout;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);
    /// Longer than any operation here.
    const LONG: Duration = Duration::from_secs(20);

    async fn connected() -> (Connection<TcpStream>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, server) = (client.await.unwrap(), listener.accept().await.unwrap().0);
        (Connection::new(server, PATIENCE), client)
    }

    #[actix_web::test]
    async fn a_client_that_says_nothing_is_hung_up_on() {
        let (mut connection, _client) = connected().await;
        let read = timeout(LONG, connection.read_u8()).await.unwrap();
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[actix_web::test]
    async fn a_client_that_says_little_for_ever_is_hung_up_on() {
        let (mut connection, mut client) = connected().await;
        actix_web::rt::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(PATIENCE / 20).await;
            }
        });
        let read = async {
            loop {
                if let Err(error) = connection.read_u8().await {
                    return error;
                }
            }
        };
        let error = timeout(LONG, read).await.unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[actix_web::test]
    async fn a_client_that_sends_without_a_pause_is_hung_up_on() {
        let (mut connection, mut client) = connected().await;
        actix_web::rt::spawn(async move {
            let much = vec![b'x'; 1 << 20];
            while client.write_all(&much).await.is_ok() {}
        });
        let mut bytes = [0; 1_024];
        let read = async {
            loop {
                if let Err(error) = connection.read_exact(&mut bytes).await {
                    return error;
                }
            }
        };
        let error = timeout(LONG, read).await.unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[actix_web::test]
    async fn a_client_that_does_not_read_its_answer_is_hung_up_on() {
        let (mut connection, _client) = connected().await;
        let answer = vec![b'x'; 1 << 20];
        let write = async {
            loop {
                if let Err(error) = connection.write_all(&answer).await {
                    return error;
                }
            }
        };
        let error = timeout(LONG, write).await.unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[actix_web::test]
    async fn a_client_that_is_answered_now_and_then_is_kept() {
        let (mut connection, mut client) = connected().await;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE * 5 {
            client.write_all(b"?").await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), b'?');
            connection.write_all(b"!").await.unwrap();
            assert_eq!(client.read_u8().await.unwrap(), b'!');
            sleep(PATIENCE / 10).await;
        }
    }
}
