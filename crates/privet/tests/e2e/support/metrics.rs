//! The metrics of a server, read from its `/metrics`.

use super::Server;

/// The metrics of a server, as text.
pub async fn text(server: &Server) -> String {
    let answer = server.anonymous().get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.text
}

/// The value of the series that is written like this.
pub fn value(text: &str, series: &str) -> Option<f64> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(|value| value.parse().unwrap())
}
