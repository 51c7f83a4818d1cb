//! The limit of open files.

use tokio::process::Command;

/// Lets this process and its servers have as many open files each.
pub async fn raise_the_limit_of_open_files(needed: usize) {
    let id = std::process::id().to_string();
    // Every user may raise it to the hard limit; root may raise that too.
    for limit in [format!("--nofile={needed}:"), format!("--nofile={needed}")] {
        let mut command = Command::new("prlimit");
        let raised = command.args(["--pid", &id, &limit]).output().await;
        let raised = raised.expect("prlimit, of util-linux, should be installed");
        if raised.status.success() {
            return;
        }
    }
    panic!(
        "this test needs {needed} open files in each of two processes: raise the hard limit (`ulimit -Hn {needed}` \
         as root, LimitNOFILE= of the service, or --ulimit nofile={needed} of the container)"
    );
}
