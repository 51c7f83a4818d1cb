//! The HS256 secret that signs tokens: the configured one, or, on SQLite, one that is generated once and stored
//! beside the database.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::configuration::Secret;
use crate::configuration::keys::{SecretSource, without_line_end};

/// The suffix of the secret's file after the name of the database file.
const SUFFIX: &str = ".jwt-secret";
const LENGTH: usize = 32;

/// The secret, generated now if necessary; `None` if only public keys are configured.
pub fn resolve(source: &SecretSource) -> anyhow::Result<Option<Secret<Vec<u8>>>> {
    match source {
        SecretSource::Configured { secret, .. } => Ok(Some(secret.clone())),
        SecretSource::Generated { database } => kept_beside(database).map(Some),
        SecretSource::None => Ok(None),
    }
}

/// The secret for signing, if any.
pub enum Found {
    /// The secret.
    Secret(Secret<Vec<u8>>),
    /// A server would generate it and store it in this file.
    NotMadeYet(PathBuf),
    /// Only public keys are configured.
    Nothing,
}

/// The secret, if it exists. Generates none.
pub fn find(source: &SecretSource) -> anyhow::Result<Found> {
    match source {
        SecretSource::Configured { secret, .. } => Ok(Found::Secret(secret.clone())),
        SecretSource::Generated { database } => {
            let path = path_beside(database);
            if path.exists() {
                read(&path).map(Found::Secret)
            } else {
                Ok(Found::NotMadeYet(
                    std::path::absolute(&path).unwrap_or(path),
                ))
            }
        }
        SecretSource::None => Ok(Found::Nothing),
    }
}

fn kept_beside(database: &Path) -> anyhow::Result<Secret<Vec<u8>>> {
    let path = path_beside(database);
    if !path.exists() {
        make(&path)
            .with_context(|| format!("cannot make a signing secret in {}", path.display()))?;
    }
    read(&path)
}

fn read(path: &Path) -> anyhow::Result<Secret<Vec<u8>>> {
    let content = fs::read(path)
        .with_context(|| format!("cannot read the signing secret in {}", path.display()))?;
    let secret = without_line_end(&content).to_vec();
    ensure!(
        secret.len() >= LENGTH,
        "{} does not contain a signing secret; delete it to generate a new one",
        path.display()
    );
    Ok(Secret::new(secret))
}

/// The file of the generated secret.
pub fn path_beside(database: &Path) -> PathBuf {
    let mut path = OsString::from(database);
    path.push(SUFFIX);
    path.into()
}

/// Writes the complete file under another name, with mode 0600, and then renames it unless the name exists: of
/// several processes that start at the same time one wins, and no one reads an incomplete secret.
fn make(path: &Path) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut secret = [0; LENGTH];
    aws_lc_rs::rand::fill(&mut secret)?;
    writeln!(file, "{}", BASE64_URL_SAFE_NO_PAD.encode(secret))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(lost) if lost.error.kind() != ErrorKind::AlreadyExists => Err(lost.error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn secret_of(database: &Path) -> Secret<Vec<u8>> {
        let source = SecretSource::Generated {
            database: database.into(),
        };
        resolve(&source).unwrap().unwrap()
    }

    #[test]
    fn it_is_made_once_in_a_file_that_only_its_owner_reads() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("data/privet.db");
        let secret = secret_of(&database);
        assert_eq!(secret.reveal().len(), 43);
        assert!(secret_of(&database) == secret);

        let metadata = fs::metadata(folder.path().join("data/privet.db.jwt-secret")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn finding_it_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("data/privet.db");
        let source = SecretSource::Generated {
            database: database.clone(),
        };
        let expected = folder.path().join("data/privet.db.jwt-secret");
        let found = find(&source).unwrap();
        assert!(matches!(found, Found::NotMadeYet(path) if path == expected));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let made = secret_of(&database);
        let found = find(&source).unwrap();
        assert!(matches!(found, Found::Secret(secret) if secret == made));
    }

    #[test]
    fn processes_that_start_at_once_end_with_the_same_secret() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("privet.db");
        let secrets: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| secret_of(&database)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_secret_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("privet.db");
        fs::write(folder.path().join("privet.db.jwt-secret"), "short").unwrap();
        assert!(kept_beside(&database).is_err());
    }
}
