//! Parameters of paths and queries. Wrong ones are 400, each named with what it takes.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::ops::RangeInclusive;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use privet_application::relationships::ListQuery;
use privet_domain::identifiers::parse_uuid;
use privet_domain::{FieldError, Pair, UserId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::auth::admission::Admission;
use crate::errors::ApiError;
use crate::request::cursor::{self, List};

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Collects what is wrong with a request's parameters, so that all of it is told at once.
#[derive(Default)]
pub struct Parameters(Vec<FieldError>);

impl Parameters {
    /// Reads a parameter that may be left out.
    pub fn read<T>(
        &mut self,
        name: &str,
        given: Option<&String>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(given?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.0.push(FieldError::new(name, message));
                None
            }
        }
    }

    /// Reads how many items are wanted.
    pub fn read_limit(&mut self, given: Option<&String>) -> u32 {
        let limit = self.read("limit", given, |text| whole_number(text, 1..=LARGEST_LIMIT));
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Reads where to go on. An empty cursor counts as left out: it is what the first part is asked with.
    pub fn read_cursor<T>(
        &mut self,
        given: Option<&String>,
        decode: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let given = given.filter(|text| !text.is_empty());
        self.read("cursor", given, |text| {
            decode(text).ok_or_else(|| "is not a cursor of this list".to_owned())
        })
    }

    /// Refuses a parameter that was read well, but does not fit the others.
    pub fn refuse(&mut self, name: &str, message: &str) {
        self.0.push(FieldError::new(name, message.to_owned()));
    }

    /// What was read, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(ApiError::InvalidParameters(self.0))
        }
    }
}

/// A number of digits only within a range.
pub fn whole_number<T: FromStr + PartialOrd + Display>(
    text: &str,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    // `parse` would take a sign, too.
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("must be a whole number from {least} to {most}")
        })
}

/// What a query is refused with that cannot be read: a parameter that is there twice says two things.
pub fn refuse_query(error: &QueryPayloadError, request: &HttpRequest) -> ApiError {
    let read = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let names = read.map(web::Query::into_inner).unwrap_or_default();
    let why = error.to_string();
    let refused = names
        .into_iter()
        .find(|(name, _)| why.contains(&format!("`{name}`")));
    match refused {
        Some((name, _)) => wrong(&name, "may be given only once".to_owned()),
        None => ApiError::Malformed("The query cannot be read.".to_owned()),
    }
}

/// Which part of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// Where to go on: the `next_cursor` of the part before. Empty counts as left out.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

impl ListParameters {
    /// The part of the owner's list that is wanted.
    pub fn parse(&self, list: List, owner: UserId) -> Result<ListQuery, ApiError> {
        let mut parameters = Parameters::default();
        let limit = parameters.read_limit(self.limit.as_ref());
        let behind = parameters.read_cursor(self.cursor.as_ref(), |text| {
            cursor::decode_position(list, text)
        });
        parameters.finish(ListQuery {
            owner,
            behind,
            limit,
        })
    }
}

/// The `{userId}` of the path.
#[derive(Debug, Clone, Copy)]
pub struct UserIdParameter(pub UserId);

impl UserIdParameter {
    const NAME: &str = "userId";

    /// The caller and the user of the path; refused where they are the same.
    pub fn pair_with(self, admission: &Admission) -> Result<Pair, ApiError> {
        Pair::new(admission.caller.user_id, self.0)
            .map_err(|oneself| wrong(Self::NAME, oneself.to_string()))
    }

    /// The same for what can only be there already: nobody has anything of the kind with themselves.
    pub fn standing_pair_with(
        self,
        admission: &Admission,
        absent: &'static str,
    ) -> Result<Pair, ApiError> {
        Pair::new(admission.caller.user_id, self.0).map_err(|_| ApiError::Absent(absent))
    }
}

impl FromRequest for UserIdParameter {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = parse_segment(request, Self::NAME);
        ready(id.map(|id| Self(UserId::from_uuid(id))))
    }
}

/// The `{followId}` of the path.
#[derive(Debug, Clone, Copy)]
pub struct FollowIdParameter(pub Uuid);

impl FromRequest for FollowIdParameter {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_segment(request, "followId").map(Self))
    }
}

fn parse_segment(request: &HttpRequest, name: &str) -> Result<Uuid, ApiError> {
    let text = request.match_info().query(name);
    parse_uuid(text).map_err(|error| wrong(name, error.to_string()))
}

fn wrong(name: &str, message: String) -> ApiError {
    ApiError::InvalidParameters(vec![FieldError::new(name, message)])
}
