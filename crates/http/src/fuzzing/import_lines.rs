//! Bodies of `POST /api/v1/admin/import`.

use privet_domain::transfer::TransferLine;
use privet_http_core::request::lines::{LONGEST_LINE, Line, LineSplitter};

use super::CORE;
use crate::import::parse_line;

/// Lines are the same wherever the pieces of a body end. What a line says is written and read the same.
pub fn import_lines(data: &[u8]) {
    let whole = lines(&[data]);
    let (one, other) = data.split_at(data.len() / 2);
    assert_eq!(whole, lines(&[one, other]));
    for line in &whole {
        match parse_line(&CORE, line) {
            Ok(parsed) => assert_round_trip(&parsed),
            Err(errors) => assert!(!errors.is_empty()),
        }
    }
}

fn lines(pieces: &[&[u8]]) -> Vec<Line> {
    let mut splitter = LineSplitter::default();
    for piece in pieces {
        splitter.push(piece);
    }
    splitter.finish();
    let lines = splitter.take(usize::MAX);
    assert!(splitter.is_empty());
    assert!(lines.is_sorted_by(|one, next| one.number < next.number));
    lines
}

fn assert_round_trip(line: &TransferLine) {
    let written = match line {
        // Choices are written from a row.
        TransferLine::User(_) => return,
        TransferLine::Contact(line) => Some(line.to_json()),
        TransferLine::Block(line) => Some(line.to_json()),
        TransferLine::Follow(line) => Some(line.to_json()),
        TransferLine::Exception(line) => line.to_json(&CORE),
        TransferLine::Erased(line) => Some(line.to_json()),
    };
    let written = written.expect("the catalogue knows what was parsed");
    assert!(written.to_string().len() <= LONGEST_LINE);
    let read = TransferLine::parse(&CORE, &written).expect("what is written can be read");
    let is_unmarked = |line: &TransferLine| matches!(line, TransferLine::Contact(it) if it.close_friend == Some(false));
    assert!(read == *line || is_unmarked(line));
}
