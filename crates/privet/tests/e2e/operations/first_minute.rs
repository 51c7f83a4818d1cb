//! The first minute with the pages: the link that signs a demo user in, and warnings where nobody can sign in.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::Server;
use crate::support::program::command;

/// Longer than starting or stopping takes, even where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a server with a generated key and these variables prints to standard output until it is stopped.
async fn printed(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut server = command()
        .arg("serve")
        .env("PRIVET_LISTEN", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
    let starting = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains("Privacy centre: ") {
                return true;
            }
        }
        false
    };
    assert!(timeout(PATIENCE, starting).await.unwrap());
    // It looks for signals only after it has printed.
    let id = server.id().unwrap();
    let mut kill = Command::new("sh");
    kill.arg("-c").arg(format!("kill -TERM {id}"));
    assert!(kill.status().await.unwrap().success());
    let output = timeout(PATIENCE, server.wait_with_output()).await;
    String::from_utf8(output.unwrap().unwrap().stdout).unwrap()
}

#[tokio::test]
async fn the_link_of_a_demo_user_is_printed_only_where_no_other_machine_can_follow_it() {
    let link = printed(&[]).await;
    assert!(link.contains("/privacy/#token="), "{link}");
    for variable in [
        ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
        ("PRIVET_LISTEN", "0.0.0.0:0"),
        ("PRIVET_PUBLIC_URL", "https://privet.example.com"),
    ] {
        let output = printed(&[variable]).await;
        assert!(!output.contains("token"), "{variable:?}: {output}");
    }
}

#[tokio::test]
async fn an_issuer_at_which_nobody_can_sign_in_is_warned_of() {
    let issuer = ("PRIVET_OIDC_ISSUER", "https://login.example.com");
    let client = ("PRIVET_OIDC_CLIENT_ID", "privacy");
    let on = ("PRIVET_PAGES", "on");
    let generated = ("PRIVET_JWT_SECRET", "");
    let other = ("PRIVET_JWT_ISSUER", "https://login.example.com/");
    for (variable, expected) in [
        (("PRIVET_PAGES", "off"), "PRIVET_OIDC_ISSUER is set, but"),
        (generated, "only a generated secret"),
        (other, "because PRIVET_JWT_ISSUER is"),
    ] {
        let mut server = Server::on_sqlite(&[issuer, client, on, variable]).await;
        let line = server.wait_for_log(expected).await;
        assert!(line.contains("WARN"), "{line}");
    }
    let mut server = Server::on_sqlite(&[issuer, client, on]).await;
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
    let warned = |line: &String| line.contains("PRIVET_OIDC_ISSUER");
    assert!(!server.log().iter().any(warned), "{:?}", server.log());
}
