//! Enforcement for a chat server: receipts, typing events and message lifetimes.

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
use privet_http_core::request::body::JsonBody;
use privet_http_core::request::body::LARGEST_BATCH;
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

/// Receipts that will be shown to a sender.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceReceiptsRequest {
    /// The sender of the messages.
    #[schema(format = "uuid")]
    sender: String,
    /// At most 1,000 receipts.
    #[schema(max_items = 1000)]
    receipts: Vec<ReceiptBody>,
}

/// The delivery status of a message.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// The id of the message in the product: text or an integer.
    #[schema(value_type = MessageIdSchema)]
    message_id: Value,
    /// The recipient of the message.
    #[schema(format = "uuid")]
    recipient: String,
    /// `sent`, `delivered` or `read`.
    #[schema(value_type = ReceiptStatusSchema)]
    status: &'static str,
    /// When the message was read, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    read_at: Option<Value>,
}

/// The receipts as the sender may see them.
#[derive(Serialize, ToSchema)]
pub struct EnforceReceiptsResponse {
    /// The items, in the order of the request.
    receipts: Vec<ReceiptBody>,
}

/// A typing event.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct EnforceTypingRequest {
    /// The user who is typing.
    #[schema(format = "uuid")]
    typist: String,
    /// At most 1,000 members of the chat.
    #[schema(max_items = 1000)]
    recipients: Vec<Uuid>,
}

/// The recipients who may see the typing event.
#[derive(Serialize, ToSchema)]
pub struct EnforceTypingResponse {
    /// The items, in the order of the request.
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

/// The message lifetimes.
#[derive(Serialize, ToSchema)]
pub struct EnforceMessageExpiryResponse {
    /// The items, in the order of the request.
    expiries: Vec<MessageExpiryResponse>,
}

/// The lifetime of a sender's new messages.
#[derive(Serialize, ToSchema)]
pub struct MessageExpiryResponse {
    /// The sender.
    #[schema(format = "uuid")]
    user_id: String,
    /// The lifetime in seconds; null if messages do not disappear.
    #[schema(value_type = DisappearingAfterSchema)]
    seconds: Value,
}

/// The endpoints of this module.
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

/// Filter read receipts
///
/// Returns up to 1,000 receipts as the sender may see them. If the recipient hides receipts, `read` becomes
/// `delivered` without a time. Requires the scope `privacy:decide`.
#[utoipa::path(
    post, path = RECEIPTS, operation_id = "enforce_receipts", tag = "enforcement",
    request_body(content = EnforceReceiptsRequest, example = json!({"sender": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "receipts": [{"message_id": "m-1", "recipient": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "status": "read",
            "read_at": "2026-01-31T10:30:45Z"}]})),
    responses(
        (status = 200, description = "The receipts as the sender may see them.", body = EnforceReceiptsResponse,
            example = json!({"receipts": [{"message_id": "m-1", "recipient": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c",
                "status": "delivered"}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_receipts(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
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

/// The largest integer up to which a double holds all integers. JavaScript and many other clients read a larger
/// one as another number, and would then name another message.
const LARGEST_SAFE: f64 = 9_007_199_254_740_991.0;

/// Whether every client reads this integer exactly, in any notation.
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

/// Filter typing events
///
/// Returns the recipients, of up to 1,000, who may see that the typist is typing. Requires the scope
/// `privacy:decide`.
#[utoipa::path(
    post, path = TYPING, operation_id = "enforce_typing", tag = "enforcement",
    request_body(content = EnforceTypingRequest, example = json!({"typist": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d",
        "recipients": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a"]})),
    responses(
        (status = 200, description = "The recipients who may see the typing event.", body = EnforceTypingResponse,
            example = json!({"recipients": ["9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_typing(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
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

/// Read message lifetimes
///
/// Returns for up to 1,000 senders after how many seconds their new messages disappear. Requires the scope
/// `privacy:decide`.
#[utoipa::path(
    post, path = MESSAGE_EXPIRY, operation_id = "enforce_message_expiry", tag = "enforcement",
    request_body(content = EnforceMessageExpiryRequest, example = json!({
        "senders": ["5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"]})),
    responses(
        (status = 200, description = "The lifetime for each sender, in the order of the request.", body = EnforceMessageExpiryResponse,
            example = json!({"expiries": [{"user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "seconds": 86400},
                {"user_id": "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c", "seconds": null}]})),
    ),
    security(("bearer" = ["privacy:decide"])),
)]
pub async fn enforce_message_expiry(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    JsonBody(body): JsonBody,
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
