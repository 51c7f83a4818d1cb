//! Programs that run beside a test and end with it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use crate::PATIENCE;

/// A program that is ended with the test, and whose output appears in the test's.
pub struct Process(Child);

impl Process {
    /// Starts it and waits for a line with the given text, which is returned.
    pub fn start(command: &mut Command, awaited: &str) -> Result<(Self, String)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let (lines, received) = channel();
        relay(child.stdout.take(), lines.clone());
        relay(child.stderr.take(), lines);
        let process = Self(child);

        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = received
                .recv_timeout(left)
                .map_err(|_| anyhow!("{command:?} ended, or never printed {awaited:?}"))?;
            if line.contains(awaited) {
                return Ok((process, line));
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Passes a program's lines on, also when nobody waits for one any more: a full pipe would stop it.
fn relay(output: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            eprintln!("{line}");
            let _ = lines.send(line);
        }
    });
}
