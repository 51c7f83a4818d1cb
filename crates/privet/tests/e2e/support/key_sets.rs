//! JSON Web Key Sets in files and at URLs, and servers that take their keys from one.

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{KeyPair, Server, Token, new_user_id};

pub const SETTINGS: &str = "/api/v1/privacy/settings";

/// A server whose only keys are in the set at this URL or in this file.
pub async fn with_set(location: &str) -> Server {
    Server::on_sqlite(&[("PRIVET_JWT_SECRET", ""), ("PRIVET_JWKS", location)]).await
}

/// A file with these keys.
pub fn set_file(keys: &[Value]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    write_set(&file, keys);
    file
}

/// Other keys for the file.
pub fn write_set(file: &NamedTempFile, keys: &[Value]) {
    std::fs::write(file.path(), json!({"keys": keys}).to_string()).unwrap();
}

/// A token that names the key.
pub fn named(pair: &KeyPair, id: &str) -> String {
    Token::of(new_user_id()).key_id(id).sign_with(pair)
}

/// The status of a read with the token: 200 or 401.
pub async fn status(server: &Server, token: &str) -> u16 {
    server.bearer(token).get(SETTINGS).await.status
}
