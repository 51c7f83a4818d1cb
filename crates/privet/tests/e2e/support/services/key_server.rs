//! A server that publishes a key set, as identity providers do. It counts who asks, and fails in every way
//! that it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// What it says to whoever asks.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200 with this text.
    Text(String),
    /// This status and nothing else.
    Status(u16),
    /// 302 to this URL.
    Redirect(String),
    /// Nothing, with the connection held open.
    Silence,
    /// Nothing, with the connection closed.
    HangUp,
}

/// A server on a port of its own: `("PRIVET_JWKS", &keys.url())`.
pub struct KeyServer {
    url: String,
    answer: watch::Sender<Answer>,
    requests: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl KeyServer {
    /// Publishes these keys.
    pub async fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        Self::serve(listener, url, keys, |stream| async { Some(stream) })
    }

    /// The same over TLS, with a certificate for 127.0.0.1 that is signed by nobody but itself; and that
    /// certificate in PEM, for whoever is to trust it.
    pub async fn start_with_tls(keys: &[Value]) -> (Self, String) {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let private = certified.signing_key.serialize_der();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certified.cert.der().clone()],
                PrivatePkcs8KeyDer::from(private).into(),
            );
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/jwks.json", listener.local_addr().unwrap());
        let secure = move |stream| {
            let accepting = acceptor.accept(stream);
            // Whoever does not trust the certificate hangs up.
            async move { accepting.await.ok() }
        };
        (
            Self::serve(listener, url, keys, secure),
            certified.cert.pem(),
        )
    }

    /// Serves `listener`, through what `secure` makes of each connection.
    fn serve<S, F>(
        listener: TcpListener,
        url: String,
        keys: &[Value],
        secure: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: Future<Output = Option<S>> + Send + 'static,
    {
        let (answer, answers) = watch::channel(set(keys));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, counted) = (answers.clone(), Arc::clone(&counted));
                let securing = secure(stream);
                tokio::spawn(async move {
                    if let Some(mut stream) = securing.await
                        && read_head(&mut stream).await
                    {
                        counted.fetch_add(1, Ordering::SeqCst);
                        let answer = answers.borrow().clone();
                        // Whoever hung up has the answer no more than whoever did not wait for it.
                        let _ = write(&mut stream, answer).await;
                    }
                });
            }
        });
        Self {
            url,
            answer,
            requests,
            accepting,
        }
    }

    /// The key set's URL.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Publishes these keys and no others.
    pub fn publish(&self, keys: &[Value]) {
        self.answer.send_replace(set(keys));
    }

    /// Says this from now on.
    pub fn answer(&self, answer: Answer) {
        self.answer.send_replace(answer);
    }

    /// How often it was asked.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn set(keys: &[Value]) -> Answer {
    Answer::Text(json!({"keys": keys}).to_string())
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), answer: Answer) -> std::io::Result<()> {
    let (status, fields, body) = match answer {
        Answer::Text(text) => (200, String::new(), text),
        Answer::Status(status) => (status, String::new(), String::new()),
        Answer::Redirect(url) => (302, format!("Location: {url}\r\n"), String::new()),
        Answer::HangUp => return Ok(()),
        Answer::Silence => return std::future::pending().await,
    };
    let head = format!(
        "HTTP/1.1 {status} Something\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
