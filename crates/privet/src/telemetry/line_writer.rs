//! The buffer of log lines and the thread that writes them, many at a time. Lines beyond the buffer are dropped
//! and counted; at the end of the process the rest is written.
//!
//! Own code, because `tracing-appender` 0.2 (non-blocking, lossy) was tried: at 20,000 lines a second a line takes
//! 3.6 µs instead of 0.35 in the thread that logs, and 80,000 lines take 80,000 writes instead of 161.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The size of the buffer, in bytes; further lines are dropped.
const CAPACITY: usize = 4 * 1024 * 1024;
/// This many bytes are written without waiting for more.
const BATCH: usize = 64 * 1024;
/// How long a line waits for others to be written with.
const DELAY: Duration = Duration::from_millis(50);
/// How long the end of the process waits for the last lines.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// Lines that wait to be written.
#[derive(Default)]
pub struct Lines {
    state: Mutex<State>,
    /// The buffer is not empty, or has a batch, or is closing.
    changed: Condvar,
    /// Everything is written, and the thread ends.
    closed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    dropped: u64,
    is_closing: bool,
    is_closed: bool,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let before = state.waiting.len();
        let after = before + line.len();
        if after > CAPACITY {
            state.dropped += 1;
            return;
        }
        state.waiting.extend_from_slice(line);
        drop(state);
        let is_first = before == 0;
        let is_enough = before < BATCH && after >= BATCH;
        if is_first || is_enough {
            self.changed.notify_one();
        }
    }

    /// Waits for lines, and swaps them into `taken`. Returns the number of lines dropped meanwhile, or `None` once
    /// everything is written and the buffer is closed.
    fn take(&self, taken: &mut Vec<u8>) -> Option<u64> {
        taken.clear();
        // Releases memory after a burst.
        taken.shrink_to(2 * BATCH);
        let state = self.lock();
        let nothing_yet = |state: &mut State| state.waiting.is_empty() && !state.is_closing;
        let state = self.changed.wait_while(state, nothing_yet);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let too_little = |state: &mut State| state.waiting.len() < BATCH && !state.is_closing;
        let waited = self.changed.wait_timeout_while(state, DELAY, too_little);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.waiting.is_empty() {
            state.is_closed = true;
            self.closed.notify_all();
            return None;
        }
        mem::swap(&mut state.waiting, taken);
        Some(mem::take(&mut state.dropped))
    }
}

/// Each write is one event and becomes one line: line breaks within it, as in messages of libpq, become spaces.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match unbroken(line) {
            Some(unbroken) => self.push(&unbroken),
            None => self.push(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The event with a space for each line break; `None` if there is none.
fn unbroken(event: &[u8]) -> Option<Vec<u8>> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    let first = memchr::memchr2(b'\n', b'\r', text)?;
    let mut line = text.to_vec();
    for byte in line.iter_mut().skip(first) {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    line.push(b'\n');
    Some(line)
}

/// The thread that writes. Dropping this value writes the rest and ends the thread.
pub struct Writing {
    lines: Arc<Lines>,
    thread: Option<JoinHandle<()>>,
}

impl Writing {
    /// Starts to write to `output`. Calls `on_loss` with the number of dropped lines, once lines can be written
    /// again.
    pub fn start(
        lines: Arc<Lines>,
        mut output: impl Write + Send + 'static,
        on_loss: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let source = Arc::clone(&lines);
        let write = move || {
            let mut taken = Vec::new();
            while let Some(dropped) = source.take(&mut taken) {
                // Ignored: there is no other place to report it.
                let _ = output.write_all(&taken).and_then(|()| output.flush());
                if dropped > 0 {
                    on_loss(dropped);
                }
            }
        };
        let thread = thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(Self {
            lines,
            thread: Some(thread),
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut state = self.lines.lock();
        state.is_closing = true;
        self.lines.changed.notify_one();
        // Bounded: a blocked terminal must not prevent the end of the process.
        let still_open = |state: &mut State| !state.is_closed;
        let waited = self
            .lines
            .closed
            .wait_timeout_while(state, CLOSING_TIMEOUT, still_open);
        let is_closed = waited.is_ok_and(|(state, _)| state.is_closed);
        if let Some(thread) = self.thread.take().filter(|_| is_closed) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, SyncSender};
    use std::time::Instant;

    use super::*;

    /// Passes each write to the test, and waits until the test accepts it.
    struct Slow(SyncSender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_owned()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn writing() -> (Arc<Lines>, Writing, Receiver<Vec<u8>>) {
        let lines = Arc::new(Lines::default());
        let (sender, written) = mpsc::sync_channel(0);
        let again = Arc::clone(&lines);
        let on_loss = move |dropped| again.push(format!("{dropped} dropped\n").as_bytes());
        let writing = Writing::start(Arc::clone(&lines), Slow(sender), on_loss).unwrap();
        (lines, writing, written)
    }

    fn next(written: &Receiver<Vec<u8>>) -> String {
        let piece = written.recv_timeout(Duration::from_secs(10)).unwrap();
        String::from_utf8(piece).unwrap()
    }

    #[test]
    fn lines_are_written_together_and_in_order() {
        let (lines, _writing, written) = writing();
        // This thread may have to pause between two lines, but not every time.
        for _ in 0..10 {
            lines.push(b"one\n");
            lines.push(b"two\n");
            let piece = next(&written);
            if piece == "one\ntwo\n" {
                lines.push(b"three\n");
                assert_eq!(next(&written), "three\n");
                return;
            }
            assert_eq!(piece + &next(&written), "one\ntwo\n");
        }
        panic!("each line was written by itself");
    }

    #[test]
    fn an_event_with_line_breaks_is_one_line() {
        assert_eq!(unbroken(b"one line\n"), None);
        let broken = b"server closed\n\tThis probably\r\nmeans\n";
        let line = unbroken(broken).unwrap();
        assert_eq!(line, b"server closed \tThis probably  means\n");
    }

    #[test]
    fn much_is_written_before_its_time() {
        let (lines, _writing, written) = writing();
        let line = vec![b'x'; BATCH];
        // Sometimes other processes use the machine.
        for _ in 0..5 {
            let mut pieces = 0;
            let begun = Instant::now();
            for _ in 0..100 {
                lines.push(&line);
                pieces += next(&written).len() / BATCH;
            }
            assert_eq!(pieces, 100);
            if begun.elapsed() < 50 * DELAY {
                return;
            }
        }
        panic!("it waited for its time");
    }

    #[test]
    fn nobody_waits_for_a_slow_output_and_what_was_dropped_is_told() {
        let (lines, _writing, written) = writing();
        let line = [b'x'; 1024];
        // One write is blocked in the output; only as much as fits the buffer waits behind it.
        for _ in 0..3 * CAPACITY / line.len() {
            lines.push(&line);
        }
        assert!(lines.lock().waiting.len() <= CAPACITY);
        // The number may be reported in several parts if this thread paused above.
        let (mut taken, mut dropped) = (0, 0);
        while taken + dropped < 3 * CAPACITY / line.len() {
            let piece = next(&written);
            let told = piece.replace('x', "");
            taken += (piece.len() - told.len()) / line.len();
            let numbers = told
                .lines()
                .map(|line| line.strip_suffix(" dropped").unwrap());
            dropped += numbers
                .map(|number| number.parse::<usize>().unwrap())
                .sum::<usize>();
        }
        assert_eq!(taken + dropped, 3 * CAPACITY / line.len());
        assert!(dropped >= CAPACITY / line.len(), "{dropped}");
    }

    #[test]
    fn what_waits_at_the_end_is_written() {
        let (lines, writing, written) = writing();
        lines.push(b"last words\n");
        let reading = thread::spawn(move || written.iter().flatten().collect::<Vec<_>>());
        drop(writing);
        assert_eq!(reading.join().unwrap(), b"last words\n");
    }

    #[test]
    fn the_end_does_not_wait_for_an_output_that_takes_nothing() {
        let (lines, writing, written) = writing();
        lines.push(b"never read\n");
        drop(writing);
        drop(written);
    }
}
