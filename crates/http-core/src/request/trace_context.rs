//! The trace of a request: W3C Trace Context (`traceparent`). It is used if valid and ignored otherwise. Nothing
//! is sent back.

use std::fmt;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use privet_application::IdSource;

/// The header field of the caller's trace.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header field of vendor data of the trace.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A trace, and Privet's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// The id of the trace. Never zero.
    pub trace_id: TraceId,
    /// The id of Privet's own part, new for each request. Never zero.
    pub span_id: SpanId,
    /// The caller's part and its flags; `None` if the trace begins here.
    pub parent: Option<Parent>,
}

/// The caller's own part of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The id of the part. Never zero.
    pub span_id: SpanId,
    /// Whether the caller samples the trace.
    pub is_sampled: bool,
}

/// The id of a trace; printed as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub u128);

/// The id of a part of a trace; printed as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(pub u64);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl TraceContext {
    /// The caller's trace; if there is none, a new one if `or_new`.
    pub fn of(request: &ServiceRequest, ids: &dyn IdSource, or_new: bool) -> Option<Self> {
        let own = || SpanId(ids.new_id().as_u64_pair().1);
        if let Some((trace_id, parent)) = traceparent(request.headers()) {
            return Some(Self {
                trace_id,
                span_id: own(),
                parent: Some(parent),
            });
        }
        or_new.then(|| Self {
            trace_id: TraceId(ids.new_id().as_u128()),
            span_id: own(),
            parent: None,
        })
    }
}

/// `tracestate` as received; empty if there is none.
pub fn tracestate(headers: &HeaderMap) -> String {
    let members = headers.get_all(TRACESTATE);
    let members = members.filter_map(|value| value.to_str().ok());
    members.collect::<Vec<_>>().join(",")
}

fn traceparent(headers: &HeaderMap) -> Option<(TraceId, Parent)> {
    let mut values = headers.get_all(TRACEPARENT);
    let value = values.next()?;
    // With two fields it is unknown which one is the caller's.
    if values.next().is_some() {
        return None;
    }
    parse(value.as_bytes())
}

/// `version-trace_id-parent_id-flags`. For later versions only the parts are read that every version must keep.
fn parse(text: &[u8]) -> Option<(TraceId, Parent)> {
    let (known, rest) = text.split_at_checked(55)?;
    let mut parts = known.split(|byte| *byte == b'-');
    let mut part = |digits: usize| parts.next().filter(|part| part.len() == digits);
    let (version, trace_id) = (hex(part(2)?)?, hex(part(32)?)?);
    let (span_id, flags) = (hex(part(16)?)?, hex(part(2)?)?);
    let fits = match version {
        0 => rest.is_empty(),
        0xff => false,
        _ => rest.is_empty() || rest.starts_with(b"-"),
    };
    if !fits || trace_id == 0 || span_id == 0 {
        return None;
    }
    let parent = Parent {
        span_id: SpanId(u64::try_from(span_id).ok()?),
        is_sampled: flags & 1 == 1,
    };
    Some((TraceId(trace_id), parent))
}

/// The number in these lower-case hexadecimal digits, at most 32.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number: u128, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn parsed(text: &str) -> Option<(TraceId, Parent)> {
        parse(text.as_bytes())
    }

    #[test]
    fn a_valid_traceparent_is_read() {
        let (trace_id, parent) = parsed(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert_eq!(trace_id.to_string(), TRACE);
        assert_eq!(parent.span_id.to_string(), SPAN);
        assert!(parent.is_sampled);
    }

    #[test]
    fn only_the_lowest_flag_says_whether_it_is_sampled() {
        for (flags, is_sampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let (_, parent) = parsed(&format!("00-{TRACE}-{SPAN}-{flags}")).unwrap();
            assert_eq!(parent.is_sampled, is_sampled, "{flags}");
        }
    }

    #[test]
    fn a_version_to_come_may_be_longer() {
        for text in [
            format!("01-{TRACE}-{SPAN}-01"),
            format!("cc-{TRACE}-{SPAN}-01-what-comes"),
            format!("fe-{TRACE}-{SPAN}-01-"),
        ] {
            assert!(parsed(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_passed_over() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            "00".to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01 "),
            format!("01-{TRACE}-{SPAN}-01more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0x-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-0G"),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{TRACE}--{}-01", &SPAN[1..]),
            format!("00-{SPAN}-{TRACE}-01"),
            format!("{}é", "0".repeat(54)),
        ] {
            assert_eq!(parsed(&text), None, "{text}");
        }
    }
}
