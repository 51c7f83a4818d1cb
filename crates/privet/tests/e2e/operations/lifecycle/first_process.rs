//! Privet as the first process of a container, which ends only on signals that it handles.

use std::process::Stdio;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::SOON;
use crate::support::program::binary;

#[tokio::test]
async fn a_migration_that_waits_can_be_stopped_as_the_first_process_of_a_container() {
    for signal in ["TERM", "INT"] {
        let mut unshare = Command::new("unshare");
        // A separate namespace of process ids makes it the first.
        unshare.args([
            "--user",
            "--map-root-user",
            "--pid",
            "--fork",
            "--kill-child",
        ]);
        unshare.args([&*binary(), "migrate"]);
        unshare.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
        unshare.stderr(Stdio::piped()).kill_on_drop(true);
        let mut unshare = unshare.spawn().unwrap();
        let mut lines = BufReader::new(unshare.stderr.take().unwrap()).lines();
        while !lines
            .next_line()
            .await
            .unwrap()
            .expect("it ended before it waited")
            .contains("waiting up to 30 seconds")
        {}

        let children = format!("/proc/{0}/task/{0}/children", unshare.id().unwrap());
        let child = std::fs::read_to_string(children).unwrap();
        let begun = Instant::now();
        let mut kill = Command::new("kill");
        let told = kill.args([&format!("-{signal}"), child.trim()]).status();
        assert!(told.await.unwrap().success());
        let line = lines.next_line().await.unwrap().unwrap();
        assert!(line.contains(&format!("stopped by SIG{signal}")), "{line}");
        assert_eq!(unshare.wait().await.unwrap().code(), Some(1));
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}
