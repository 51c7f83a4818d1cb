//! The endpoint of the public key that erasure receipts are verified with.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use utoipa::ToSchema;

const PATH: &str = "/.well-known/privet-receipts";

const ABSENT: &str = "No receipt key is configured.";

/// The public keys of the receipts: a JWK set (RFC 7517).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer, which the signer writes")]
pub struct ReceiptKeysResponse {
    /// The keys.
    keys: Vec<ReceiptJwkResponse>,
}

/// A public key: an Ed25519 key (RFC 8037) or a key on P-256 (RFC 7518).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer, which the signer writes")]
pub struct ReceiptJwkResponse {
    /// `OKP` or `EC`.
    kty: String,
    /// `Ed25519` or `P-256`.
    crv: String,
    /// The public key, or the first coordinate of its point, in base64url.
    x: String,
    /// The second coordinate of the point. Absent for Ed25519.
    #[schema(nullable = false)]
    y: Option<String>,
    /// `sig`.
    #[schema(rename = "use")]
    purpose: String,
    /// `EdDSA` or `ES256`.
    alg: String,
    /// The thumbprint of the key (RFC 7638), which receipts name as their `kid`.
    kid: String,
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_get_receipt_keys>(Caller::Anyone, |route| {
            route.to(get_receipt_keys)
        })
        .with_failures(|| vec![Failure::absent("No receipt key is configured.", ABSENT)]),
    ]
}

/// Read the public key of erasure receipts
///
/// A JWK set. Use it to verify the signatures of receipts, as `privet receipt verify` does.
#[utoipa::path(
    get, path = PATH, operation_id = "get_receipt_keys", tag = "accounts",
    responses(
        (status = 200, description = "The public key.", body = ReceiptKeysResponse,
            example = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}]})),
    ),
)]
pub async fn get_receipt_keys(privet: web::Data<Privet>) -> Result<HttpResponse, ApiError> {
    let keys = privet.accounts.receipt_keys();
    let keys = keys.ok_or(ApiError::Absent(ABSENT))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(keys))
}
