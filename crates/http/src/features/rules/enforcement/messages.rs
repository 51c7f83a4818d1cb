//! Enforcement for a chat server: receipts, typing, and when messages disappear.

use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rules::decisions::MOST_PAIRS;
use privet_application::rules::enforcement::Receipt;
use privet_domain::rules::enforcement::ReceiptStatus;
use privet_domain::{Timestamp, UserId};
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::LARGEST_BATCH;
use privet_http_core::request::body::{BatchBody, JsonBody};
use privet_http_core::request::members::{Object, Reader};
use privet_http_core::response::answers::no_store;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::texts;
use crate::schemas::{DisappearingAfterSchema, MessageIdSchema, ReceiptStatusSchema};

const RECEIPTS: &str = "/api/v1/privacy/enforce/receipts";
const TYPING: &str = "/api/v1/privacy/enforce/typing";
const MESSAGE_EXPIRY: &str = "/api/v1/privacy/enforce/message-expiry";

/// Receipts that a sender is about to see.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceReceiptsRequest {
    /// Who sent the messages.
    #[schema(format = "uuid")]
    sender: String,
    /// At most 1,000 receipts.
    #[schema(max_items = 1000)]
    receipts: Vec<ReceiptBody>,
}

/// How far a message got.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// The product's own id of the message: text or a whole number.
    #[schema(value_type = MessageIdSchema)]
    message_id: Value,
    /// Who got it.
    #[schema(format = "uuid")]
    recipient: String,
    /// `sent`, `delivered` or `read`.
    #[schema(value_type = ReceiptStatusSchema)]
    status: &'static str,
    /// When it was read: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    read_at: Option<Value>,
}

/// The receipts as the sender may see them.
#[derive(Serialize, ToSchema)]
pub struct EnforceReceiptsResponse {
    /// In the order of the request.
    receipts: Vec<ReceiptBody>,
}

/// Somebody is typing.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceTypingRequest {
    /// Who types.
    #[schema(format = "uuid")]
    typist: String,
    /// At most 1,000 users who might be told.
    #[schema(max_items = 1000)]
    recipients: Vec<Uuid>,
}

/// Who may be told.
#[derive(Serialize, ToSchema)]
pub struct EnforceTypingResponse {
    /// In the order of the request.
    #[schema(value_type = Vec<Uuid>)]
    recipients: Vec<String>,
}

/// Senders of new messages.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceMessageExpiryRequest {
    /// At most 1,000 users.
    #[schema(max_items = 1000)]
    senders: Vec<Uuid>,
}

/// When their messages disappear.
#[derive(Serialize, ToSchema)]
pub struct EnforceMessageExpiryResponse {
    /// In the order of the request.
    expiries: Vec<MessageExpiryResponse>,
}

/// When a sender's new messages disappear.
#[derive(Serialize, ToSchema)]
pub struct MessageExpiryResponse {
    /// The sender.
    #[schema(format = "uuid")]
    user_id: String,
    /// After so many seconds; null where they stay.
    #[schema(value_type = DisappearingAfterSchema)]
    seconds: Value,
}

/// What is served here.
pub fn endpoints() -> [Endpoint; 3] {
    [
        Endpoint::new::<__path_enforce_receipts>(Caller::Service(Scope::Decide), |route| {
            route.to(enforce_receipts)
        })
        .with_body(Body::json(LARGEST_BATCH)),
        Endpoint::new::<__path_enforce_typing>(Caller::Service(Scope::Decide), |route| {
            route.to(enforce_typing)
        })
        .with_body(Body::json(LARGEST_BATCH)),
        Endpoint::new::<__path_enforce_message_expiry>(Caller::Service(Scope::Decide), |route| {
            route.to(enforce_message_expiry)
        })
        .with_body(Body::json(LARGEST_BATCH)),
    ]
}

/// Cut receipts
///
/// Where the recipient hides receipts, `read` becomes `delivered`, without the time.
#[utoipa::path(
    post, path = RECEIPTS, operation_id = "enforce_receipts", tag = "enforcement",
    request_body(content = EnforceReceiptsRequest, example = json!({"sender": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "receipts": [{"message_id": "m-1", "recipient": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "status": "read",
            "read_at": "2026-01-31T10:30:45Z"}]})),
    responses(
        (status = 200, description = "What the sender may see.", body = EnforceReceiptsResponse,
            example = json!({"receipts": [{"message_id": "m-1", "recipient": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
                "status": "delivered"}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_receipts(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): BatchBody,
) -> Result<HttpResponse, ApiError> {
    let (sender, given) = parse_receipts(&body)?;
    let (receipts, mut bodies): (Vec<_>, Vec<_>) = given.into_iter().unzip();
    let enforced = privet.rules.enforce_receipts(sender, &receipts).await?;
    for (body, (status, with_time)) in bodies.iter_mut().zip(enforced) {
        body.status = status.as_str();
        if !with_time {
            body.read_at = None;
        }
    }
    Ok(no_store(EnforceReceiptsResponse { receipts: bodies }))
}

type GivenReceipt = (Receipt, ReceiptBody);

fn parse_receipts(body: &Value) -> Result<(UserId, Vec<GivenReceipt>), ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["sender", "receipts"]);
    let sender = reader.user_id(top, "sender");
    let receipts = reader.list(top, "receipts", (0, MOST_PAIRS), |reader, index, value| {
        let receipt = reader.object("receipts", index, value)?;
        parse_receipt(reader, receipt)
    });
    reader.finish(sender.map(|sender| (sender, receipts)))
}

fn parse_receipt(reader: &mut Reader, receipt: Object<'_>) -> Option<GivenReceipt> {
    reader.refuse_besides(receipt, &["message_id", "recipient", "status", "read_at"]);
    let message_id = reader.read(
        receipt,
        "message_id",
        "Must be text or a whole number from -9007199254740991 to 9007199254740991.",
        |value| (value.is_string() || is_whole(value)).then(|| value.clone()),
    );
    let recipient = reader.user_id(receipt, "recipient");
    let takes = "Must be one of: sent, delivered, read.";
    let status = reader.read(receipt, "status", takes, |value| {
        ReceiptStatus::parse(value.as_str()?)
    });
    let read_at = if receipt.members().contains_key("read_at") {
        let takes = "Must be an RFC 3339 time or null.";
        Some(reader.read(receipt, "read_at", takes, parse_time)?)
    } else {
        None
    };
    let (recipient, status) = (recipient?, status?);
    let body = ReceiptBody {
        message_id: message_id?,
        recipient: recipient.to_string(),
        status: status.as_str(),
        read_at,
    };
    Some((Receipt { recipient, status }, body))
}

/// The largest whole number that a double holds together with all smaller ones. JavaScript and many other
/// clients read a larger one as another number, and would then name another message.
const LARGEST_SAFE: f64 = 9_007_199_254_740_991.0;

/// Whether it is a whole number that every client reads as it was sent, however it is written.
fn is_whole(value: &Value) -> bool {
    let number = value.as_f64();
    number.is_some_and(|number| number.fract() == 0.0 && number.abs() <= LARGEST_SAFE)
}

fn parse_time(value: &Value) -> Option<Value> {
    let sound = match value {
        Value::Null => true,
        Value::String(text) => Timestamp::parse(text).is_some(),
        _ => false,
    };
    sound.then(|| value.clone())
}

/// Choose who may be told of typing
///
/// Those of the recipients who may learn that the typist is typing.
#[utoipa::path(
    post, path = TYPING, operation_id = "enforce_typing", tag = "enforcement",
    request_body(content = EnforceTypingRequest, example = json!({"typist": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "recipients": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"]})),
    responses(
        (status = 200, description = "Who may be told.", body = EnforceTypingResponse,
            example = json!({"recipients": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_typing(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): BatchBody,
) -> Result<HttpResponse, ApiError> {
    let top = Reader::top(&body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["typist", "recipients"]);
    let typist = reader.user_id(top, "typist");
    let recipients = reader.user_ids(top, "recipients", MOST_PAIRS);
    let typist = reader.finish(typist)?;
    let told = privet.rules.enforce_typing(typist, recipients).await?;
    Ok(no_store(EnforceTypingResponse {
        recipients: texts(told),
    }))
}

/// Tell when messages disappear
///
/// After how many seconds each sender's new messages shall disappear.
#[utoipa::path(
    post, path = MESSAGE_EXPIRY, operation_id = "enforce_message_expiry", tag = "enforcement",
    request_body(content = EnforceMessageExpiryRequest, example = json!({
        "senders": ["5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"]})),
    responses(
        (status = 200, description = "One for each sender, in order.", body = EnforceMessageExpiryResponse,
            example = json!({"expiries": [{"user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "seconds": 86400},
                {"user_id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "seconds": null}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_message_expiry(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): BatchBody,
) -> Result<HttpResponse, ApiError> {
    let top = Reader::top(&body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["senders"]);
    let senders = reader.user_ids(top, "senders", MOST_PAIRS);
    let senders = reader.finish(Some(senders))?;
    let expiries = privet.rules.enforce_message_expiry(&senders).await?;
    let expiry = |(sender, seconds): (UserId, Value)| MessageExpiryResponse {
        user_id: sender.to_string(),
        seconds,
    };
    Ok(no_store(EnforceMessageExpiryResponse {
        expiries: senders.into_iter().zip(expiries).map(expiry).collect(),
    }))
}
