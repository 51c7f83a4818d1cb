//! Erasure receipts: signed statements that a user was erased, and how many rows of their own were deleted.

use async_trait::async_trait;
use privet_domain::{Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

use super::AccountService;
use crate::StoreError;

/// The numbers of deleted rows that were the user's own. Rows of other users about the user are not counted, because
/// their number would tell what others did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeletedCounts {
    /// Users whom the user added.
    pub contacts: u64,
    /// Users whom the user blocked.
    pub blocks: u64,
    /// Users for whom the user had exceptions.
    pub exceptions: u64,
    /// Follows and requests that the user asked for.
    pub follows: u64,
    /// Entries of the user's history.
    pub audit_entries: u64,
}

/// What a store has of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReceipt {
    /// When the user was erased.
    pub erased_at: Timestamp,
    /// What was deleted.
    pub deleted: DeletedCounts,
    /// The receipt, once it is signed.
    pub signed: Option<String>,
}

/// Stores receipts.
#[async_trait]
pub trait ReceiptStore: Send + Sync {
    /// The receipt of a completed erasure. `None` if the user is not erased, if the erasure is not completed, or if
    /// it began without a receipt.
    async fn find_receipt(&self, user_id: UserId) -> Result<Option<StoredReceipt>, StoreError>;

    /// Stores the signed receipt unless there is one. Returns the stored one, `None` if the erasure has no receipt. Of
    /// several concurrent calls exactly one MUST store its receipt, and all MUST return that one.
    async fn keep_receipt(
        &self,
        user_id: UserId,
        signed: &str,
    ) -> Result<Option<String>, StoreError>;
}

/// The content of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptClaims {
    /// The erased user: `sub`.
    pub user_id: UserId,
    /// When the user was erased: `iat`, in whole seconds.
    pub erased_at: Timestamp,
    /// The id of the receipt: `jti`.
    pub id: Uuid,
    /// What was deleted: `counts`.
    pub deleted: DeletedCounts,
}

/// Signs receipts with the operator's private key.
pub trait ReceiptSigner: Send + Sync {
    /// The receipt as a JWS in compact form (RFC 7515, section 7.1), of the type `privet-erasure+jwt`.
    fn sign(&self, claims: &ReceiptClaims) -> Result<String, StoreError>;

    /// The public key as a JWK set (RFC 7517, section 5).
    fn public_keys(&self) -> Value;
}

impl AccountService {
    /// The public key of the receipts as a JWK set; `None` if none is configured.
    #[must_use]
    pub fn receipt_keys(&self) -> Option<Value> {
        Some(self.erasures.signer()?.public_keys())
    }

    /// The receipt of a completed erasure, signed now if it is not signed yet. `None` without a key, and for users who
    /// were erased before a key was configured.
    pub(super) async fn receipt(&self, user_id: UserId) -> Result<Option<String>, StoreError> {
        let Some(signer) = self.erasures.signer() else {
            return Ok(None);
        };
        let store = self.erasures.store();
        let Some(stored) = store.find_receipt(user_id).await? else {
            return Ok(None);
        };
        if stored.signed.is_some() {
            return Ok(stored.signed);
        }
        let receipt = signer.sign(&ReceiptClaims {
            user_id,
            erased_at: stored.erased_at,
            id: self.ids.new_id(),
            deleted: stored.deleted,
        })?;
        store.keep_receipt(user_id, &receipt).await
    }
}
