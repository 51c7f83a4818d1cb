//! Parses AuthZEN requests. A missing member or one of the wrong type is an error, an unknown member is ignored,
//! and an unknown type, id or action leads to a denial.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use privet_application::rules::decisions::{Check, Question};
use privet_domain::catalogue::Catalogue;
use privet_domain::{FieldError, UserId};
use privet_http_core::errors::ApiError;
use privet_http_core::request::body::BodyText;
use serde_json::{Map, Value};

/// The text of a JSON body. A body with another content type is malformed here.
pub struct AuthzenBody(BodyText);

impl AuthzenBody {
    /// The text.
    pub fn text(&self) -> &[u8] {
        self.0.text()
    }

    /// The JSON value.
    pub fn value(&self) -> Result<Value, ApiError> {
        self.0.value()
    }
}

impl FromRequest for AuthzenBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = BodyText::from_request(request, payload);
        Box::pin(async move {
            match body.await {
                Ok(body) => Ok(Self(body)),
                Err(error @ (ApiError::UnsupportedMediaType | ApiError::Compressed)) => {
                    Err(ApiError::Malformed(error.to_string()))
                }
                Err(error) => Err(error),
            }
        })
    }
}

/// A part of a request that Privet does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// An unknown action.
    Action,
    /// A type other than `user`.
    Type,
    /// An id that is not a UUID.
    Id,
}

impl Unknown {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Action, Self::Type, Self::Id];

    /// The reason in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "unknown_action",
            Self::Type => "unknown_type",
            Self::Id => "unknown_id",
        }
    }
}

/// A valid evaluation. Its action, types and ids may be unknown.
pub type Evaluation<'c> = Result<Check<'c>, Unknown>;

/// A valid action search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionSearch {
    /// The viewer and the subject.
    pub question: Question,
    /// Whether the viewer administrates the group.
    pub viewer_is_admin: bool,
}

/// A member that is missing or of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faulty {
    member: String,
    problem: &'static str,
}

impl Faulty {
    fn missing(member: impl Into<String>) -> Self {
        Self {
            member: member.into(),
            problem: "Is required.",
        }
    }

    pub fn wrong(member: impl Into<String>, problem: &'static str) -> Self {
        Self {
            member: member.into(),
            problem,
        }
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.problem)
    }
}

impl From<Faulty> for ApiError {
    fn from(faulty: Faulty) -> Self {
        Self::InvalidMembers(vec![FieldError::new(faulty.member, faulty.problem)])
    }
}

/// The body of a single evaluation.
pub fn parse_evaluation<'c>(
    catalogue: &'c Catalogue,
    body: &Value,
) -> Result<Evaluation<'c>, ApiError> {
    let members = body.as_object().ok_or(ApiError::NotAnObject)?;
    Ok(evaluation(catalogue, members, None)?)
}

/// The body of an action search.
pub fn parse_action_search(body: &Value) -> Result<Result<ActionSearch, Unknown>, ApiError> {
    let members = body.as_object().ok_or(ApiError::NotAnObject)?;
    let request = Request {
        members,
        defaults: None,
    };
    let parties = request.parties()?;
    request.check_context()?;
    check_page(members)?;
    Ok(parties.search())
}

/// Parses subject and resource.
struct Parties<'a> {
    subject: Entity<'a>,
    subject_is_admin: bool,
    resource: Entity<'a>,
}

impl Parties<'_> {
    fn search(&self) -> Result<ActionSearch, Unknown> {
        Ok(ActionSearch {
            question: question(&self.subject, &self.resource)?,
            viewer_is_admin: self.subject_is_admin,
        })
    }
}

fn question(subject: &Entity<'_>, resource: &Entity<'_>) -> Result<Question, Unknown> {
    if subject.kind != USER || resource.kind != USER {
        return Err(Unknown::Type);
    }
    Ok(Question {
        viewer: subject.user_id()?,
        subject: resource.user_id()?,
    })
}

/// Parses an evaluation from these members, and from `defaults` for missing ones.
pub fn evaluation<'c>(
    catalogue: &'c Catalogue,
    members: &Map<String, Value>,
    defaults: Option<&Map<String, Value>>,
) -> Result<Evaluation<'c>, Faulty> {
    let request = Request { members, defaults };
    let parties = request.parties()?;
    let action = request.object("action")?;
    properties(action, "action")?;
    let action = text(action, "action", "name")?;
    request.check_context()?;
    let Parties {
        subject,
        subject_is_admin,
        resource,
    } = parties;
    Ok(check(
        catalogue,
        action,
        &subject,
        &resource,
        subject_is_admin,
    ))
}

/// The evaluation of this action.
pub fn check<'c>(
    catalogue: &'c Catalogue,
    action: &str,
    subject: &Entity<'_>,
    resource: &Entity<'_>,
    viewer_is_admin: bool,
) -> Evaluation<'c> {
    let (_, rule) = catalogue.find_action(action).ok_or(Unknown::Action)?;
    Ok(Check {
        question: question(subject, resource)?,
        rule,
        viewer_is_admin,
    })
}

const USER: &str = "user";

/// A subject or a resource.
pub struct Entity<'a> {
    pub kind: &'a str,
    pub id: &'a str,
    pub properties: Option<&'a Map<String, Value>>,
}

impl Entity<'_> {
    fn user_id(&self) -> Result<UserId, Unknown> {
        UserId::parse(self.id).map_err(|_| Unknown::Id)
    }
}

/// The members of a request, and the defaults of the batch.
struct Request<'a> {
    members: &'a Map<String, Value>,
    defaults: Option<&'a Map<String, Value>>,
}

impl<'a> Request<'a> {
    fn parties(&self) -> Result<Parties<'a>, Faulty> {
        let subject = self.entity("subject")?;
        let admin = subject.properties.and_then(|known| known.get("admin"));
        let is_boolean = "Must be true or false.";
        let subject_is_admin = match admin {
            None => false,
            Some(admin) => admin
                .as_bool()
                .ok_or_else(|| Faulty::wrong("subject.properties.admin", is_boolean))?,
        };
        Ok(Parties {
            subject,
            subject_is_admin,
            resource: self.entity("resource")?,
        })
    }

    fn entity(&self, name: &'static str) -> Result<Entity<'a>, Faulty> {
        let object = self.object(name)?;
        Ok(Entity {
            kind: text(object, name, "type")?,
            id: text(object, name, "id")?,
            properties: properties(object, name)?,
        })
    }

    /// A member that replaces the whole default.
    fn object(&self, name: &'static str) -> Result<&'a Map<String, Value>, Faulty> {
        let default = || self.defaults.and_then(|defaults| defaults.get(name));
        let value = self.members.get(name).or_else(default);
        let value = value.ok_or_else(|| Faulty::missing(name))?;
        value
            .as_object()
            .ok_or_else(|| Faulty::wrong(name, NOT_AN_OBJECT))
    }

    /// The context is ignored, but it must be an object.
    fn check_context(&self) -> Result<(), Faulty> {
        optional_object(self.members, "context")
            .map(drop)
            .map_err(|problem| Faulty::wrong("context", problem))
    }
}

const NOT_AN_OBJECT: &str = "Must be an object.";

/// An optional member that must be an object.
pub fn optional_object<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, &'static str> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(NOT_AN_OBJECT),
    }
}

/// The largest integer that every JSON parser can read.
const LARGEST_COUNT: f64 = 9_007_199_254_740_991.0;

/// The result always has one page, but the parameters must be valid.
fn check_page(members: &Map<String, Value>) -> Result<(), Faulty> {
    let page = optional_object(members, "page");
    let Some(page) = page.map_err(|problem| Faulty::wrong("page", problem))? else {
        return Ok(());
    };
    if page.contains_key("token") {
        text(page, "page", "token")?;
    }
    let is_count = |limit: &Value| {
        let limit = limit.as_f64();
        limit.is_some_and(|it| (0.0..=LARGEST_COUNT).contains(&it) && it.fract() == 0.0)
    };
    if page.get("limit").is_some_and(|limit| !is_count(limit)) {
        return Err(Faulty::wrong("page.limit", "Must be a whole number."));
    }
    properties(page, "page").map(drop)
}

fn properties<'a>(
    object: &'a Map<String, Value>,
    place: &str,
) -> Result<Option<&'a Map<String, Value>>, Faulty> {
    optional_object(object, "properties")
        .map_err(|problem| Faulty::wrong(format!("{place}.properties"), problem))
}

fn text<'a>(object: &'a Map<String, Value>, place: &str, name: &str) -> Result<&'a str, Faulty> {
    let member = || format!("{place}.{name}");
    let value = object.get(name).ok_or_else(|| Faulty::missing(member()))?;
    value
        .as_str()
        .ok_or_else(|| Faulty::wrong(member(), "Must be text."))
}
