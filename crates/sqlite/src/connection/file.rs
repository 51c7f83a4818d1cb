//! Creates the database file, and locks it against other processes.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use privet_application::{StoreError, UnavailableReason as Reason};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("another privet process uses {}", .0.display())]
    InUse(PathBuf),
    #[error("{} cannot be opened: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
    #[error("{} is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
}

/// A database file that only this process uses. The settings cache is exact only if no other process changes the file.
pub(crate) struct DatabaseFile {
    path: String,
    identity: String,
    // The lock is held until this is closed.
    _lock: File,
}

impl DatabaseFile {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::try_open(path).map_err(|error| match &error {
            FileError::InUse(_) => StoreError::unavailable_because(Reason::Busy, error),
            FileError::Io(_, cause) => StoreError::unavailable_because(reason(cause), error),
            FileError::NotUtf8(_) => StoreError::internal(error),
        })
    }

    fn try_open(path: &Path) -> Result<Self, FileError> {
        let io_error = |error| FileError::Io(path.to_owned(), error);
        make(path).map_err(io_error)?;
        // So that all names of the file lead to the same lock.
        let path = path.canonicalize().map_err(io_error)?;
        let Some(text) = path.to_str().map(str::to_owned) else {
            return Err(FileError::NotUtf8(path));
        };
        let lock_path = PathBuf::from(format!("{text}.lock"));
        let lock = owner_only()
            .open(&lock_path)
            .map_err(|error| FileError::Io(lock_path.clone(), error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                identity: identity(&path).map_err(io_error)?,
                path: text,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(FileError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(FileError::Io(lock_path, error)),
        }
    }

    /// The path for SQLite.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Identifies the file. A copy has another identity, also if it replaces the file.
    pub fn identity(&self) -> &str {
        &self.identity
    }
}

/// The number of the file and its time of creation, because a new file may get the number of a deleted one. The number
/// of the device changes when the file system is mounted again, so it stands in only where there is no time of creation.
fn identity(path: &Path) -> io::Result<String> {
    let metadata = path.metadata()?;
    #[cfg(unix)]
    let (device, number) = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let (device, number) = (0, 0);
    let created = metadata.created().ok();
    let created = created.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(match created {
        Some(created) => format!("{number}/{}", created.as_nanos()),
        None => format!("{number}/device-{device}"),
    })
}

fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Reason::DiskFull,
        io::ErrorKind::ReadOnlyFilesystem => Reason::ReadOnly,
        _ => Reason::Unreachable,
    }
}

/// Creates the file and its folder if they do not exist.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    // SQLite gives the files that it creates beside this one the same mode. An existing file is not opened, because
    // closing it would release the locks of SQLite in this process.
    match owner_only().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        result => drop(result?),
    }
    if path.metadata()?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("not a file"))
    }
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_opening_of_the_same_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("privet.db");
        let first = DatabaseFile::open(&path).unwrap();
        let detour = folder.path().join(".").join("privet.db");
        let error = DatabaseFile::open(&detour).err().unwrap();
        assert!(matches!(error, StoreError::Unavailable(_)));
        assert!(
            error.to_string().contains("another privet process uses"),
            "{error}"
        );
        drop(first);
        assert!(DatabaseFile::open(&path).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_of_the_file_has_another_identity() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("privet.db");
        let identity = || DatabaseFile::open(&path).unwrap().identity().to_owned();
        let first = identity();
        std::fs::write(&path, "content").unwrap();
        assert_eq!(identity(), first);
        let copy = folder.path().join("copy");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::rename(&copy, &path).unwrap();
        let second = identity();
        assert_ne!(second, first);
        std::fs::remove_file(&path).unwrap();
        assert_ne!(identity(), second);
    }

    #[cfg(unix)]
    #[test]
    fn file_and_folder_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("privet.db");
        let _file = DatabaseFile::open(&path).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn an_error_of_creating_a_file_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = DatabaseFile::open(folder.path()).err().unwrap();
        assert!(error.to_string().contains("cannot be opened"), "{error}");
    }
}
