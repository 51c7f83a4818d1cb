//! Spans as a collector receives them, in a build with the feature `opentelemetry`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::support::{Server, new_user_id};

const SETTINGS: &str = "/api/v1/privacy/settings";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// The first line of each request, and its body.
type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Accepts everything that is sent to it.
struct Collector {
    address: String,
    received: Received,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let received = Arc::default();
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(take(connection, Arc::clone(&kept)));
            }
        });
        Self { address, received }
    }

    /// A server that sends its spans here without collecting many.
    async fn server(&self, variables: &[(&str, &str)]) -> Server {
        let endpoint = format!("http://{}", self.address);
        let own = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ];
        Server::on_sqlite(&[&own, variables].concat()).await
    }

    /// Waits for these bytes, and returns the body that contains them.
    async fn body_with(&self, bytes: &[u8]) -> Vec<u8> {
        let begun = Instant::now();
        loop {
            let received = self.received.lock().unwrap().clone();
            for (path, body) in received {
                assert_eq!(path, "POST /v1/traces HTTP/1.1");
                if has(&body, bytes) {
                    return body;
                }
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing came");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn take(connection: TcpStream, received: Received) {
    let mut connection = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end().to_owned();
        if !line.is_empty() {
            lines.push(line);
            continue;
        }
        let length = lines.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        let mut body = vec![0; length.unwrap()];
        connection.read_exact(&mut body).await.unwrap();
        received.lock().unwrap().push((lines[0].clone(), body));
        lines.clear();
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        connection.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn has(body: &[u8], bytes: &[u8]) -> bool {
    body.windows(bytes.len()).any(|window| window == bytes)
}

/// A field of a protobuf message with bytes or text: number, length, content.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let head = [number << 3 | 2, u8::try_from(content.len()).unwrap()];
    [&head, content].concat()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

async fn ask(server: &Server, traceparent: &str) -> u16 {
    let request = server.new_user().request(Method::GET, SETTINGS);
    let request = request.header("traceparent", traceparent);
    request
        .header("tracestate", "vendor=opaque")
        .send()
        .await
        .status
}

#[tokio::test]
async fn a_span_arrives_below_its_caller_with_the_id_that_is_in_the_log() {
    let collector = Collector::start().await;
    let mut server = collector.server(&[]).await;
    assert_eq!(ask(&server, &format!("00-{TRACE}-{PARENT}-01")).await, 200);
    let line = server.wait_for_log(&format!("trace_id={TRACE}")).await;
    let span = line.split_once("span_id=").unwrap().1;
    let span = &span[..16];
    // The fields of a Span: trace_id 1, span_id 2, trace_state 3, parent_span_id 4, name 5.
    let body = collector.body_with(&field(1, &bytes(TRACE))).await;
    assert!(has(&body, &field(2, &bytes(span))), "the span is {span}");
    assert!(has(&body, &field(3, b"vendor=opaque")), "tracestate");
    assert!(has(&body, &field(4, &bytes(PARENT))), "the parent");
    assert!(
        has(&body, &field(5, format!("GET {SETTINGS}").as_bytes())),
        "the name"
    );
    for text in [
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "service.name",
        "privet",
    ] {
        assert!(has(&body, text.as_bytes()), "{text}");
    }
}

#[tokio::test]
async fn what_the_caller_does_not_sample_is_not_sent() {
    let collector = Collector::start().await;
    let server = collector.server(&[]).await;
    let silent = "11111111111111111111111111111111";
    assert_eq!(ask(&server, &format!("00-{silent}-{PARENT}-00")).await, 200);
    assert_eq!(ask(&server, &format!("00-{TRACE}-{PARENT}-01")).await, 200);
    collector.body_with(&bytes(TRACE)).await;
    let received = collector.received.lock().unwrap().clone();
    assert!(received.iter().all(|(_, body)| !has(body, &bytes(silent))));
}

#[tokio::test]
async fn a_trace_begins_here_where_the_caller_has_none_and_names_nobody() {
    let collector = Collector::start().await;
    let mut server = collector.server(&[("OTEL_SERVICE_NAME", "settings")]).await;
    let other = new_user_id();
    let path = format!("/api/v1/contacts/{other}");
    assert_eq!(server.new_user().get(&path).await.status, 404);
    let line = server
        .wait_for_log("http.route=\"/api/v1/contacts/{userId}\"")
        .await;
    let trace = &line.split_once("trace_id=").unwrap().1[..32];
    let body = collector.body_with(&field(1, &bytes(trace))).await;
    assert!(has(&body, b"settings") && !has(&body, other.to_string().as_bytes()));
}

#[tokio::test]
async fn queued_spans_are_sent_at_the_end() {
    let collector = Collector::start().await;
    let mut server = collector
        .server(&[("OTEL_BSP_SCHEDULE_DELAY", "600000")])
        .await;
    assert_eq!(ask(&server, &format!("00-{TRACE}-{PARENT}-01")).await, 200);
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
    collector.body_with(&bytes(TRACE)).await;
}

#[tokio::test]
async fn an_unreachable_collector_delays_no_request() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", nobody.local_addr().unwrap());
    let mut server = Server::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask(&server, "").await, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
}
