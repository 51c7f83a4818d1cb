//! Parameters of paths and queries. Invalid ones are 400; the error names each one and its valid values.

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

use crate::errors::ApiError;
use crate::request::cursor::{self, List};

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Collects errors of parameters, to report all of them together.
#[derive(Default)]
pub struct Parameters(Vec<FieldError>);

impl Parameters {
    /// Reads an optional parameter.
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

    /// Reads the number of items.
    pub fn read_limit(&mut self, given: Option<&String>) -> u32 {
        let limit = self.read("limit", given, |text| whole_number(text, 1..=LARGEST_LIMIT));
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Reads a cursor. An empty cursor counts as absent: it requests the first page.
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

    /// Refuses a valid parameter that conflicts with others.
    pub fn refuse(&mut self, name: &str, message: &str) {
        self.0.push(FieldError::new(name, message.to_owned()));
    }

    /// The parsed value, if there were no errors.
    pub fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(ApiError::InvalidParameters(self.0))
        }
    }
}

/// A number of digits only, within a range.
pub fn whole_number<T: FromStr + PartialOrd + Display>(
    text: &str,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    // `parse` would also accept a sign.
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("must be a whole number from {least} to {most}")
        })
}

/// The error of a query that cannot be parsed: a parameter is given twice.
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

/// Query parameters that select a page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// The maximum number of entries.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the previous page. An empty value counts as absent.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

impl ListParameters {
    /// The requested page of the owner's list.
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

/// `{userId}` of the path.
#[derive(Debug, Clone, Copy)]
pub struct UserIdParameter(pub UserId);

impl UserIdParameter {
    const NAME: &str = "userId";

    /// The caller and the user of the path; an error if they are the same.
    pub fn other_user(self, caller: UserId) -> Result<Pair, ApiError> {
        Pair::new(caller, self.0).map_err(|oneself| wrong(Self::NAME, oneself.to_string()))
    }

    /// The caller and the user of the path, for an existing relationship; an error if they are the same, because
    /// users have no relationship with themselves.
    pub fn existing_pair(self, caller: UserId, absent: &'static str) -> Result<Pair, ApiError> {
        Pair::new(caller, self.0).map_err(|_| ApiError::Absent(absent))
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

/// `{followId}` of the path.
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
