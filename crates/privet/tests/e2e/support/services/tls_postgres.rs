//! A PostgreSQL of a test's own that takes TLS: `scram` comes in with the password `secret`, `app` with a client
//! certificate, and nobody without TLS.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::certificates::Certificates;
use super::redis_server::free_port;

const PATIENCE: Duration = Duration::from_mins(1);
const ACCESS: &str = "local all all trust\n\
    hostssl all app 127.0.0.1/32 cert\n\
    hostssl all scram 127.0.0.1/32 scram-sha-256\n";
const ROLES: &str =
    "CREATE ROLE scram LOGIN SUPERUSER PASSWORD 'secret'; CREATE ROLE app LOGIN SUPERUSER";

/// The server, ended when it is dropped.
pub struct TlsPostgres {
    port: u16,
    folder: TempDir,
    _process: Child,
}

impl TlsPostgres {
    /// Runs, with the server's certificate of these.
    pub async fn start(certificates: &Certificates) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let (certificate, key) = certificates.of("server");
        for (from, to) in [(certificate, "server.pem"), (key, "server.key")] {
            std::fs::copy(from, folder.path().join(to)).unwrap();
        }
        std::fs::copy(certificates.authority(), folder.path().join("ca.pem")).unwrap();
        give_to_postgres(folder.path()).await;
        let mut init = as_postgres("initdb");
        init.args(["--username=postgres", "--auth=trust", "--no-sync", "-D"]);
        assert!(init.arg(&data).status().await.unwrap().success());
        std::fs::write(data.join("pg_hba.conf"), ACCESS).unwrap();
        let port = free_port();
        let server = Self {
            port,
            _process: spawn(folder.path(), port),
            folder,
        };
        server.wait_until_ready().await;
        server.make_roles().await;
        server
    }

    /// What `DATABASE_URL` takes, but for the parameters of TLS.
    pub fn url(&self, user: &str, host: &str) -> String {
        format!("postgres://{user}@{host}:{}/postgres", self.port)
    }

    async fn wait_until_ready(&self) {
        let begun = Instant::now();
        let file = self.folder.path().join("data/postmaster.pid");
        while !std::fs::read_to_string(&file).is_ok_and(|lines| lines.contains("ready")) {
            assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not serve");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn make_roles(&self) {
        let mut psql = as_postgres("psql");
        psql.arg("-h").arg(self.folder.path());
        psql.args(["-p", &self.port.to_string(), "-U", "postgres", "-c", ROLES]);
        assert!(psql.status().await.unwrap().success());
    }
}

fn spawn(folder: &Path, port: u16) -> Child {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut server = as_postgres("postgres");
    server.args(["-D", &path("data"), "-p", &port.to_string()]);
    for (name, value) in [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("unix_socket_directories", folder.display().to_string()),
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", path("server.pem")),
        ("ssl_key_file", path("server.key")),
        ("ssl_ca_file", path("ca.pem")),
        ("fsync", "off".to_owned()),
    ] {
        server.arg("-c").arg(format!("{name}={value}"));
    }
    server.spawn().unwrap()
}

/// A program of PostgreSQL, as its user where we are root, whom the server refuses.
fn as_postgres(program: &str) -> Command {
    let program = programs().join(program);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Debian keeps them out of the path, one folder for each version.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders: Vec<_> = installed
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    folders.extend(std::env::split_paths(&path));
    let has_server = |folder: &&PathBuf| folder.join("initdb").is_file();
    let found = folders.iter().find(has_server);
    found.expect("PostgreSQL should be installed").clone()
}

async fn give_to_postgres(folder: &Path) {
    if is_root() {
        let mut chown = Command::new("chown");
        chown.args(["-R", "postgres:"]).arg(folder);
        assert!(chown.status().await.unwrap().success());
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
