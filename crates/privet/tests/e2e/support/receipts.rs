//! Erasure receipts: servers with a key, and the content of receipts.

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Database, KeyPair, Server};

/// The variable that names the key.
pub const KEY_FILE: &str = "PRIVET_RECEIPT_KEY_FILE";

/// A file with the private key.
pub fn key_file(key: &KeyPair) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), key.private_pem()).unwrap();
    file
}

/// A server that signs receipts with an Ed25519 key. The key is read at the start only.
pub async fn start_with_receipts(database: &Database) -> Server {
    let file = key_file(&KeyPair::ed25519());
    let variables = [(KEY_FILE, file.path().to_str().unwrap())];
    Server::start_with(database, &variables).await
}

/// The header and the claims of a receipt, without a look at its signature.
pub fn content(receipt: &str) -> (Value, Value) {
    let mut parts = receipt.split('.').map(|part| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes)
    });
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    assert_eq!(parts.count(), 1, "{receipt}");
    (header.unwrap(), claims.unwrap())
}
