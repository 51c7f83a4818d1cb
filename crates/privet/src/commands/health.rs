//! `privet health`: asks the Privet on this machine whether it is ready, for a container's health check. Plain
//! HTTP/1.1 over a socket, so that no client library is needed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, anyhow};

use crate::configuration::Environment;
use crate::configuration::addresses::{Addresses, reachable};
use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Larger than any health answer, in bytes.
const LONGEST_ANSWER: u64 = 65_536;

/// Prints the server's answer; an error if it is not ready.
pub fn run(environment: &Environment) -> Result<(), Failure> {
    // Any error means "not healthy": Docker reserves other exit statuses.
    let addresses = Addresses::read(environment).map_err(anyhow::Error::from)?;
    let address = addresses.listen;
    if address.port() == 0 {
        let problem = "PRIVET_LISTEN has port 0, so the port of the server is unknown";
        return Err(anyhow!(problem).into());
    }
    let address = reachable(address);
    let answer = ask(address).map_err(|error| match error.kind() {
        // The name of a socket timeout does not help a reader.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            anyhow!(
                "no answer from {address} within {} seconds",
                TIMEOUT.as_secs()
            )
        }
        _ => anyhow!("no answer from {address}: {error}"),
    })?;
    if answer.is_empty() {
        return Err(anyhow!("{address} closed the connection without an answer").into());
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some("200") {
        writeln!(io::stdout().lock(), "{body}").context("cannot write to standard output")?;
        return Ok(());
    }
    let status = head.lines().next().unwrap_or_default();
    Err(anyhow!("{address} is not ready: {status} {body}").into())
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
