//! The private key that signs erasure receipts.

use super::{ConfigurationError, Environment};
use crate::receipt_key::ReceiptKey;

/// The file with the private key.
pub const RECEIPT_KEY_FILE: &str = "PRIVET_RECEIPT_KEY_FILE";

/// Reads the key if a file is configured.
pub fn read_receipt_key(
    environment: &Environment,
) -> Result<Option<ReceiptKey>, ConfigurationError> {
    let Some(pem) = environment.file(RECEIPT_KEY_FILE)? else {
        return Ok(None);
    };
    let key = ReceiptKey::from_pem(&pem).map_err(|error| {
        environment.refused_file(
            RECEIPT_KEY_FILE,
            &format!("is {error}"),
            "a file with one private key in PEM, Ed25519 or P-256, such as `openssl genpkey -algorithm ed25519` makes",
        )
    })?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_key_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.pem");
        std::fs::write(&path, "hunter2").unwrap();
        let environment = Environment::of(&[(RECEIPT_KEY_FILE, path.to_str().unwrap())]);
        let message = read_receipt_key(&environment).unwrap_err().to_string();
        assert!(message.starts_with(RECEIPT_KEY_FILE), "{message}");
        assert!(message.contains("not a private key"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn no_key_need_be_configured() {
        assert!(read_receipt_key(&Environment::of(&[])).unwrap().is_none());
    }
}
