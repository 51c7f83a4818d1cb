//! Log lines on their way out: put into memory by whoever logs, written many at a time by a thread of
//! their own. Waking that thread for each line would cost more than making the line.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How much may wait, in bytes; lines beyond that are dropped.
const MOST: usize = 4 * 1024 * 1024;
/// How much is written before its time, in bytes.
const ENOUGH: usize = 64 * 1024;
/// How long a line waits for others to be written with.
const DELAY: Duration = Duration::from_millis(50);
/// How long the end waits for what takes the lines.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines that wait to be written.
#[derive(Default)]
pub struct Lines {
    state: Mutex<State>,
    /// Something waits that was not there before, or it is enough to write, or there will be no more.
    news: Condvar,
    /// Everything was written and the thread ends.
    written: Condvar,
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
        if after > MOST {
            state.dropped += 1;
            return;
        }
        state.waiting.extend_from_slice(line);
        drop(state);
        let is_first = before == 0;
        let is_enough = before < ENOUGH && after >= ENOUGH;
        if is_first || is_enough {
            self.news.notify_one();
        }
    }

    /// Waits until there is something to write, and takes it, leaving `taken` in its place. With it
    /// comes how many lines were dropped; `None` where all is written and no more will come.
    fn take(&self, taken: &mut Vec<u8>) -> Option<u64> {
        taken.clear();
        // After a burst, not for good.
        taken.shrink_to(2 * ENOUGH);
        let state = self.lock();
        let nothing_yet = |state: &mut State| state.waiting.is_empty() && !state.is_closing;
        let state = self.news.wait_while(state, nothing_yet);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let too_little = |state: &mut State| state.waiting.len() < ENOUGH && !state.is_closing;
        let waited = self.news.wait_timeout_while(state, DELAY, too_little);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.waiting.is_empty() {
            state.is_closed = true;
            self.written.notify_all();
            return None;
        }
        mem::swap(&mut state.waiting, taken);
        Some(mem::take(&mut state.dropped))
    }
}

/// What is written at once is one event, and becomes one line whatever is in it: a message of libpq has line
/// breaks.
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

/// The event with a space for each line break within it; `None` where there is none.
fn unbroken(event: &[u8]) -> Option<Vec<u8>> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    if !text.iter().any(is_break) {
        return None;
    }
    let mut line = text.to_vec();
    for byte in &mut line {
        if is_break(byte) {
            *byte = b' ';
        }
    }
    line.push(b'\n');
    Some(line)
}

/// The thread that writes. When this is dropped it writes what waits, and ends.
pub struct Writing {
    lines: Arc<Lines>,
    thread: Option<JoinHandle<()>>,
}

impl Writing {
    /// Starts to write to `output`, and says through `on_loss` how many lines were dropped, once some
    /// can be written again.
    pub fn start(
        lines: Arc<Lines>,
        mut output: impl Write + Send + 'static,
        on_loss: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let source = Arc::clone(&lines);
        let write = move || {
            let mut taken = Vec::new();
            while let Some(dropped) = source.take(&mut taken) {
                // Where the log cannot be written there is nowhere to say so.
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
        self.lines.news.notify_one();
        // A terminal that takes nothing any more shall not keep the program from ending.
        let still_open = |state: &mut State| !state.is_closed;
        let waited = self
            .lines
            .written
            .wait_timeout_while(state, PATIENCE, still_open);
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

    /// Hands each piece that is written to the test, and waits until the test takes it.
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
        let line = vec![b'x'; ENOUGH];
        // Now and then something else has the machine.
        for _ in 0..5 {
            let mut pieces = 0;
            let begun = Instant::now();
            for _ in 0..100 {
                lines.push(&line);
                pieces += next(&written).len() / ENOUGH;
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
        // One piece is with the output, which does not take it; behind it no more than fits waits.
        for _ in 0..3 * MOST / line.len() {
            lines.push(&line);
        }
        assert!(lines.lock().waiting.len() <= MOST);
        // What was dropped may be told in several parts, where this thread had to pause above.
        let (mut taken, mut dropped) = (0, 0);
        while taken + dropped < 3 * MOST / line.len() {
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
        assert_eq!(taken + dropped, 3 * MOST / line.len());
        assert!(dropped >= MOST / line.len(), "{dropped}");
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
