//! How the product's services ask what the settings allow.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::shapes::assert_error_type;
use crate::support::{Answer, Client, SECRET, Server, Token, new_user_id};

/// Where services ask.
pub const DECISIONS: &str = "/api/v1/privacy/decisions";

/// Every path that takes `POST` and the scope `privacy:decide`.
pub const SERVICE_PATHS: [&str; 10] = [
    DECISIONS,
    "/api/v1/privacy/filter",
    "/api/v1/privacy/enforce/profile",
    "/api/v1/privacy/enforce/receipts",
    "/api/v1/privacy/enforce/typing",
    "/api/v1/privacy/enforce/group-additions",
    "/api/v1/privacy/enforce/message-expiry",
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/action",
];

/// Every action of the contract, in its order.
pub const ACTIONS: [&str; 9] = [
    "view_profile",
    "view_online_status",
    "view_last_seen",
    "view_read_receipts",
    "view_typing",
    "add_to_group",
    "send_email",
    "view_content",
    "follow_without_approval",
];

/// Whether, and why.
pub type Decision = (bool, String);

/// Allowed for this reason.
pub fn yes(reason: &str) -> Decision {
    (true, reason.to_owned())
}

/// Refused for this reason.
pub fn no(reason: &str) -> Decision {
    (false, reason.to_owned())
}

/// A service that may ask.
pub fn service(server: &Server) -> Client {
    with_scope(server, "privacy:decide")
}

/// Somebody new whose token carries these scopes.
pub fn with_scope(server: &Server, scope: &str) -> Client {
    let id = new_user_id();
    let token = Token::of(id).claim("scope", scope);
    server.bearer(&token.sign(SECRET)).known_as(id)
}

/// One question.
pub fn check(viewer: Uuid, subject: Uuid, action: &str) -> Value {
    json!({"viewer": viewer, "subject": subject, "action": action})
}

/// The same for the administrator of a group.
pub fn admin_check(viewer: Uuid, subject: Uuid, action: &str) -> Value {
    json!({"viewer": viewer, "subject": subject, "action": action, "viewer_is_admin": true})
}

/// The answers to these questions.
pub async fn decide(service: &Client, checks: Vec<Value>) -> Vec<Decision> {
    let count = checks.len();
    let answer = service.post(DECISIONS, json!({"checks": checks})).await;
    assert_eq!(answer.status, 200, "{answer}");
    let body = answer.json();
    let decisions = body["decisions"].as_array().unwrap();
    assert_eq!(body, json!({"decisions": decisions}));
    assert_eq!(decisions.len(), count, "{answer}");
    decisions.iter().map(decision).collect()
}

fn decision(value: &Value) -> Decision {
    let (allowed, reason) = (&value["allowed"], &value["reason"]);
    assert_eq!(*value, json!({"allowed": allowed, "reason": reason}));
    let reason = reason.as_str().unwrap().to_owned();
    (allowed.as_bool().unwrap(), reason)
}

/// The answer to one question.
pub async fn ask(service: &Client, viewer: &Client, subject: &Client, action: &str) -> Decision {
    let check = check(viewer.id(), subject.id(), action);
    decide(service, vec![check]).await.remove(0)
}

/// The same where the viewer administrates the group.
pub async fn ask_for_admin(
    service: &Client,
    viewer: &Client,
    subject: &Client,
    action: &str,
) -> Decision {
    let check = admin_check(viewer.id(), subject.id(), action);
    decide(service, vec![check]).await.remove(0)
}

/// The answers for every action, in the contract's order.
pub async fn ask_all(service: &Client, viewer: &Client, subject: &Client) -> Vec<Decision> {
    let check = |action| check(viewer.id(), subject.id(), action);
    decide(service, ACTIONS.map(check).into()).await
}

/// Asserts that the answer is an error of the problem family with this status and code.
pub fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer}");
    assert_error_type(answer, "/api/v1/privacy/decisions");
    let body = answer.json();
    assert_eq!(body["status"], status, "{answer}");
    assert_eq!(body["code"], code, "{answer}");
    assert!(body["detail"].is_string() && body["title"].is_string());
}

/// The members that an answer finds wrong, which must be a refusal of the whole request.
pub fn wrong_members(answer: &Answer) -> Vec<String> {
    assert_problem(answer, 400, "INVALID_REQUEST");
    let body = answer.json();
    let errors = body["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    let field = |error: &Value| {
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        error["field"].as_str().unwrap().to_owned()
    };
    errors.iter().map(field).collect()
}
