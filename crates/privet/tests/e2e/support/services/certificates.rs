//! Certificates for servers of a test's own, made anew each time.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// An authority, a server's certificate for `localhost`, a client's for `app`, and an authority that signed neither.
pub struct Certificates(TempDir);

impl Certificates {
    /// Makes them.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = make_authority(folder.path(), "ca");
        make_authority(folder.path(), "other");
        for (file, name) in [("server", "localhost"), ("client", "app")] {
            let key = KeyPair::generate().unwrap();
            let certificate = named(name).signed_by(&key, &authority).unwrap();
            write(folder.path(), file, &certificate.pem(), &key);
        }
        // What may be read by all; the keys in it may not.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    /// That of an authority which signed nothing here.
    pub fn other_authority(&self) -> PathBuf {
        self.0.path().join("other.pem")
    }

    /// A certificate and its key: of `server` or `client`.
    pub fn of(&self, name: &str) -> (PathBuf, PathBuf) {
        let file = |end| self.0.path().join(format!("{name}.{end}"));
        (file("pem"), file("key"))
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn make_authority(folder: &Path, file: &str) -> Issuer<'static, KeyPair> {
    let mut params = named(file);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write(folder, file, &params.self_signed(&key).unwrap().pem(), &key);
    Issuer::new(params, key)
}

fn write(folder: &Path, file: &str, certificate: &str, key: &KeyPair) {
    std::fs::write(folder.join(format!("{file}.pem")), certificate).unwrap();
    let private = folder.join(format!("{file}.key"));
    std::fs::write(&private, key.serialize_pem()).unwrap();
    std::fs::set_permissions(private, Permissions::from_mode(0o600)).unwrap();
}
