//! Privileges of containers: in the image and the compose file, and tested without a container: Privet serves as
//! an unprivileged user, from a folder in which it may only write to `data/`.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::{composes, instruction, services, strings};
use crate::support::address_in;

/// Longer than the start takes.
const PATIENCE: Duration = Duration::from_mins(1);
const NOBODY: u32 = 65_534;

#[test]
fn the_image_runs_privet_as_an_unprivileged_user() {
    let user = instruction("USER");
    let id: u32 = user
        .split(':')
        .next()
        .unwrap()
        .parse()
        .expect("a number, so that it can be seen");
    assert_ne!(id, 0);
}

#[test]
fn every_service_has_minimal_privileges() {
    for (_, compose) in composes() {
        for (name, service) in services(&compose) {
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
            let options = strings(&service["security_opt"]);
            assert_eq!(options, ["no-new-privileges:true"], "{name}");
        }
    }
}

#[test]
fn every_service_has_resource_limits() {
    for (_, compose) in composes() {
        for (name, service) in services(&compose) {
            let memory = service["mem_limit"].as_str();
            assert!(
                memory.is_some_and(|limit| limit.ends_with(['m', 'g'])),
                "{name}"
            );
            assert!(service["pids_limit"].as_u64().is_some(), "{name}");
        }
    }
}

/// The program without privileges: as root by changing to nobody, otherwise as the present user.
fn as_nobody(program: &Path, folder: &Path) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        return Command::new(program);
    }
    for name in [folder.join("data"), program.to_owned()] {
        chown(name, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")])
        .args(["--clear-groups", "--no-new-privs", "--inh-caps=-all"])
        .args(["--bounding-set=-all", "--"])
        .arg(program);
    command
}

fn names_in(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn privet_serves_as_an_unprivileged_user_and_writes_only_to_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("privet");
    fs::copy(env!("CARGO_BIN_EXE_privet"), &program).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let mut command = as_nobody(&program, folder.path());
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let mut running = command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("PRIVET_LISTEN", "127.0.0.1:0")
        // There is no place for temporary files.
        .env("TMPDIR", folder.path().join("nothing"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    let mut log = Vec::new();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    let address = loop {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        let line = line.unwrap_or_else(|| panic!("it does not serve: {log:?}"));
        if line.contains("listening server.address=") {
            break address_in(&line);
        }
        log.push(line);
    };
    let answer = reqwest::get(format!("http://{address}/health/ready")).await;
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(names_in(folder.path()), ["data", "privet"]);
    let written = names_in(&folder.path().join("data"));
    assert!(written.contains(&"privet.db".into()), "{written:?}");
    let kept = fs::metadata(folder.path().join("data/privet.db.jwt-secret")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);

    running.kill().await.unwrap();
    // So that it can be deleted.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
}
