//! Bodies of any length with one JSON value in each line (NDJSON), read piece by piece.

use std::collections::VecDeque;

use actix_web::http::header::HeaderMap;
use privet_domain::FieldError;
use serde_json::Value;

use super::body::media_type::MediaType;
use super::body::{is_empty, parse};
use crate::errors::ApiError;

/// The media type.
pub const LINES: &str = "application/x-ndjson";

/// The maximum size of a line, in bytes.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Refuses a body of another type. An empty body has no type, whatever the header says.
pub fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    if is_empty(headers) {
        return Ok(());
    }
    match MediaType::of_body(headers, LINES) {
        MediaType::Taken => Ok(()),
        MediaType::Compressed => Err(ApiError::Compressed),
        MediaType::None | MediaType::Other => Err(ApiError::NotLines),
    }
}

/// A line that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number of the line, from 1. Empty lines count.
    pub number: u64,
    /// The text; `None` if it is too long.
    text: Option<Vec<u8>>,
}

impl Line {
    /// The JSON value.
    pub fn parse(&self) -> Result<Value, FieldError> {
        let Some(text) = &self.text else {
            let message = format!("The line has more than {LONGEST_LINE} bytes.");
            return Err(FieldError::new("", message));
        };
        parse(text).map_err(|error| FieldError::new("", error.to_string()))
    }
}

/// Splits pieces of a text into lines. Keeps at most the text of one incomplete line besides complete ones.
#[derive(Debug, Default)]
pub struct LineSplitter {
    lines: VecDeque<Line>,
    /// The beginning of the next line; `None` if it is too long already.
    begun: Begun,
    /// The number of lines so far.
    number: u64,
}

#[derive(Debug)]
struct Begun(Option<Vec<u8>>);

impl Default for Begun {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl LineSplitter {
    /// Adds the next piece of the text.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(end) = memchr_newline(rest) {
            let (line, after) = rest.split_at(end);
            self.add(line);
            self.end_line();
            rest = after.get(1..).unwrap_or_default();
        }
        self.add(rest);
    }

    /// Ends the last line, which may have no line end.
    pub fn finish(&mut self) {
        if self.begun.0.as_ref().is_none_or(|text| !text.is_empty()) {
            self.end_line();
        }
    }

    /// The number of complete lines that were not taken yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no complete lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes up to `most` complete lines.
    pub fn take(&mut self, most: usize) -> Vec<Line> {
        let most = most.min(self.lines.len());
        self.lines.drain(..most).collect()
    }

    fn add(&mut self, text: &[u8]) {
        let fits = |begun: &Vec<u8>| begun.len() + text.len() <= LONGEST_LINE + 1;
        match &mut self.begun.0 {
            Some(begun) if fits(begun) => begun.extend_from_slice(text),
            begun => *begun = None,
        }
    }

    fn end_line(&mut self) {
        self.number += 1;
        let begun = std::mem::take(&mut self.begun).0;
        let text = begun.map(without_carriage_return);
        let text = text.filter(|text| text.len() <= LONGEST_LINE);
        let is_blank = text
            .as_ref()
            .is_some_and(|text| text.iter().all(u8::is_ascii_whitespace));
        if !is_blank {
            self.lines.push_back(Line {
                number: self.number,
                text,
            });
        }
    }
}

fn memchr_newline(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'\n')
}

fn without_carriage_return(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(u64, Option<String>)> {
        let mut splitter = LineSplitter::default();
        for piece in pieces {
            splitter.push(piece);
        }
        splitter.finish();
        let text = |line: Line| {
            let text = line.text.map(|text| String::from_utf8(text).unwrap());
            (line.number, text)
        };
        splitter.take(usize::MAX).into_iter().map(text).collect()
    }

    fn line(number: u64, text: &str) -> (u64, Option<String>) {
        (number, Some(text.to_owned()))
    }

    #[test]
    fn a_line_ends_wherever_the_pieces_end() {
        let text = b"one\ntwo\r\n\n  \nfive";
        let expected = [line(1, "one"), line(2, "two"), line(5, "five")];
        for middle in 0..text.len() {
            let (one, other) = text.split_at(middle);
            assert_eq!(lines(&[one, other]), expected, "{middle}");
        }
        assert!(lines(&[b""]).is_empty());
        assert_eq!(lines(&[b"one\n"]), [line(1, "one")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_one_is_not() {
        let longest = "x".repeat(LONGEST_LINE);
        let text = format!("{longest}\n{longest}\r\n{longest}x\n{longest}{longest}\nlast");
        let expected = [
            line(1, &longest),
            line(2, &longest),
            (3, None),
            (4, None),
            line(5, "last"),
        ];
        assert_eq!(lines(&[text.as_bytes()]), expected);
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(1_000).collect();
        assert_eq!(lines(&pieces), expected);
        let endless = "x".repeat(3 * LONGEST_LINE);
        assert_eq!(lines(&[endless.as_bytes()]), [(1, None)]);
    }

    #[test]
    fn a_line_is_parsed_strictly() {
        for (text, is_valid) in [("{}", true), ("{", false), (r#"{"a":1,"a":2}"#, false)] {
            let line = Line {
                number: 1,
                text: Some(text.into()),
            };
            assert_eq!(line.parse().is_ok(), is_valid, "{text}");
        }
    }
}
