//! Log and metrics of connections that ended with an error. Anyone can send invalid HTTP. That is not an error of
//! the service, so it is counted and logged only at debug level.

use actix_http::error::{DispatchError, ParseError};
use metrics::{Counter, counter, describe_counter};

const UNREADABLE: &str = "privet_http_unreadable_requests_total";

/// Counts invalid requests. Cloning is cheap.
#[derive(Clone)]
pub struct BrokenConnections {
    malformed: Counter,
    too_large: Counter,
}

impl BrokenConnections {
    /// New counters.
    pub fn new() -> Self {
        describe_counter!(
            UNREADABLE,
            "Connections closed because of invalid HTTP: malformed, or with a head that is too large."
        );
        let of = |reason| counter!(UNREADABLE, "reason" => reason);
        Self {
            malformed: of("malformed"),
            too_large: of("too_large"),
        }
    }

    /// Logs and counts the end of a connection.
    pub fn tell(&self, error: &DispatchError) {
        match error {
            DispatchError::Parse(ParseError::Io(_))
            | DispatchError::Io(_)
            | DispatchError::SlowRequestTimeout
            | DispatchError::DisconnectTimeout
            | DispatchError::HandlerDroppedPayload => {
                tracing::debug!(exception.message = %error, "a client connection was lost");
            }
            DispatchError::Parse(parse) => {
                let counter = match parse {
                    ParseError::TooLarge => &self.too_large,
                    _ => &self.malformed,
                };
                counter.increment(1);
                tracing::debug!(exception.message = %error, "a client sent invalid HTTP");
            }
            _ => tracing::error!(exception.message = %error, "a connection failed"),
        }
    }
}
