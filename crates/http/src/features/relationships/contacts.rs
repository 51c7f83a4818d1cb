//! Endpoints of contacts: the users whom the caller added.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_application::relationships::{ListPart, RelationshipError};
use privet_domain::relationships::contacts::Contact;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::{JsonBody, LARGEST_BODY};
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::members::Reader;
use privet_http_core::request::parameters::{ListParameters, UserIdParameter};
use privet_http_core::response::answers::private_no_cache;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The path of the caller's contacts.
pub const LIST: &str = "/api/v1/contacts";
const ONE: &str = "/api/v1/contacts/{userId}";

const ABSENT: &str = "There is no such contact.";

/// One of the caller's contacts.
#[derive(Serialize, ToSchema)]
pub struct ContactResponse {
    /// The user whom the caller added.
    #[schema(format = "uuid")]
    user_id: String,
    /// Whether that user has added the caller too.
    mutual: bool,
    /// Whether the caller marked the user as a close friend. Only the caller sees this.
    close_friend: bool,
    /// When the caller added the user.
    #[schema(format = "date-time")]
    added_at: String,
}

/// A change of a contact.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; its parsing names every mistake"
)]
pub struct UpdateContactRequest {
    /// Whether the user is a close friend.
    close_friend: bool,
}

/// A page of the caller's contacts.
#[derive(Serialize, ToSchema)]
pub struct ListContactsResponse {
    /// The entries, newest first.
    contacts: Vec<ContactResponse>,
    /// The cursor of the next page; null on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl From<Contact> for ContactResponse {
    fn from(contact: Contact) -> Self {
        Self {
            user_id: contact.user_id.to_string(),
            mutual: contact.mutual,
            close_friend: contact.close_friend,
            added_at: contact.added_at.to_string(),
        }
    }
}

impl From<ListPart<Contact>> for ListContactsResponse {
    fn from(part: ListPart<Contact>) -> Self {
        let next = part.next;
        Self {
            contacts: part.items.into_iter().map(ContactResponse::from).collect(),
            next_cursor: next.map(|next| cursor::encode_position(List::Contacts, next)),
        }
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_list_contacts>(Caller::User(Limit::General), |route| {
            route.to(list_contacts)
        }),
        Endpoint::new::<__path_get_contact>(Caller::User(Limit::General), |route| {
            route.to(get_contact)
        })
        .with_failures(|| {
            vec![Failure::absent(
                "That user is not a contact of the caller.",
                ABSENT,
            )]
        }),
        Endpoint::new::<__path_add_contact>(Caller::User(Limit::General), |route| {
            route.to(add_contact)
        })
        .with_failures(|| {
            vec![
                Failure::absent("The other user was erased.", ABSENT),
                Failure::oneself(),
                Failure::limit_reached(),
            ]
        }),
        Endpoint::new::<__path_update_contact>(Caller::User(Limit::General), |route| {
            route.to(update_contact)
        })
        .with_body(Body::json(LARGEST_BODY))
        .with_failures(|| {
            vec![Failure::absent(
                "That user is none of the caller's contacts.",
                ABSENT,
            )]
        }),
        Endpoint::new::<__path_remove_contact>(Caller::User(Limit::General), |route| {
            route.to(remove_contact)
        })
        .with_failures(|| {
            vec![Failure::absent(
                "That user is not a contact of the caller.",
                ABSENT,
            )]
        }),
    ]
}

fn failed(error: RelationshipError) -> ApiError {
    ApiError::of_relationship(ABSENT)(error)
}

/// List contacts
///
/// Returns the caller's contacts, newest first, in pages.
#[utoipa::path(
    get, path = LIST, operation_id = "list_contacts", tag = "contacts",
    params(ListParameters),
    responses(
        (status = 200, description = "A page of the list.", body = ListContactsResponse,
            links(
                ("next" = (operation_id = "list_contacts", parameters(("cursor" = "$response.body#/next_cursor")),
                    description = "The next page.")),
                ("first" = (operation_id = "get_contact", parameters(("userId" = "$response.body#/contacts/0/user_id")),
                    description = "The first entry of the page.")),
            ),
            example = json!({"contacts": [{"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "mutual": true, "close_friend": false,
                "added_at": "2026-01-31T10:30:45.000000Z"}], "next_cursor": null})),
    ),
    security(("bearer" = [])),
)]
pub async fn list_contacts(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    web::Query(parameters): web::Query<ListParameters>,
) -> Result<HttpResponse, ApiError> {
    let query = parameters.parse(List::Contacts, authenticated.caller.user_id)?;
    let part = privet.relationships.list_contacts(query).await?;
    Ok(private_no_cache(
        StatusCode::OK,
        ListContactsResponse::from(part),
    ))
}

/// Read a contact
///
/// Returns one of the caller's contacts, or 404 if the user is not a contact.
#[utoipa::path(
    get, path = ONE, operation_id = "get_contact", tag = "contacts",
    params(("userId" = Uuid, Path, description = "The contact.")),
    responses(
        (status = 200, description = "The contact.", body = ContactResponse,
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "mutual": false, "close_friend": false,
                "added_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn get_contact(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    let contact = privet
        .relationships
        .get_contact(pair)
        .await
        .map_err(failed)?;
    Ok(private_no_cache(
        StatusCode::OK,
        ContactResponse::from(contact),
    ))
}

/// Add a contact
///
/// Adds a user to the caller's contacts. Two users are mutual contacts while both have added each other. The call
/// is idempotent.
#[utoipa::path(
    put, path = ONE, operation_id = "add_contact", tag = "contacts",
    params(("userId" = Uuid, Path, description = "The user to add; not the caller.")),
    responses(
        (status = 200, description = "The user was already a contact.", body = ContactResponse,
            links(
                ("it" = (operation_id = "get_contact", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_contact", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "mutual": true, "close_friend": false,
                "added_at": "2026-01-31T10:30:45.000000Z"})),
        (status = 201, description = "The user is now a contact.", body = ContactResponse,
            links(
                ("it" = (operation_id = "get_contact", parameters(("userId" = "$response.body#/user_id")))),
                ("away" = (operation_id = "remove_contact", parameters(("userId" = "$response.body#/user_id")))),
            ),
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "mutual": false, "close_friend": false,
                "added_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn add_contact(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.other_user(authenticated.caller.user_id)?;
    let (contact, new) = privet
        .relationships
        .add_contact(pair)
        .await
        .map_err(failed)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(private_no_cache(status, ContactResponse::from(contact)))
}

/// Mark a close friend
///
/// Sets or clears the mark. A contact can be a close friend without having added the caller. Only the caller sees the mark.
#[utoipa::path(
    patch, path = ONE, operation_id = "update_contact", tag = "contacts",
    params(("userId" = Uuid, Path, description = "The contact.")),
    request_body(content = UpdateContactRequest, example = json!({"close_friend": true})),
    responses(
        (status = 200, description = "The contact.", body = ContactResponse,
            example = json!({"user_id": "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a", "mutual": false, "close_friend": true,
                "added_at": "2026-01-31T10:30:45.000000Z"})),
    ),
    security(("bearer" = [])),
)]
pub async fn update_contact(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let close_friend = parse_update(&body)?;
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    let marked = privet.relationships.set_close_friend(pair, close_friend);
    let contact = marked.await.map_err(failed)?;
    Ok(private_no_cache(
        StatusCode::OK,
        ContactResponse::from(contact),
    ))
}

/// Parses a body with the mark.
pub fn parse_update(body: &Value) -> Result<bool, ApiError> {
    let top = Reader::top(body)?;
    let mut reader = Reader::default();
    reader.refuse_besides(top, &["close_friend"]);
    let close_friend = reader.read(
        top,
        "close_friend",
        "Must be true or false.",
        Value::as_bool,
    );
    reader.finish(close_friend)
}

/// Remove a contact
///
/// Removes a user from the caller's contacts. The contacts of that user do not change.
#[utoipa::path(
    delete, path = ONE, operation_id = "remove_contact", tag = "contacts",
    params(("userId" = Uuid, Path, description = "The contact to remove.")),
    responses((status = 204, description = "The user is no longer a contact.")),
    security(("bearer" = [])),
)]
pub async fn remove_contact(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    other: UserIdParameter,
) -> Result<HttpResponse, ApiError> {
    let pair = other.existing_pair(authenticated.caller.user_id, ABSENT)?;
    privet
        .relationships
        .remove_contact(pair)
        .await
        .map_err(failed)?;
    Ok(HttpResponse::NoContent().finish())
}
