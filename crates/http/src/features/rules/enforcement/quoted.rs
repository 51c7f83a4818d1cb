//! Copies members of profiles from a request into the answer unchanged, to the last digit of a number.

use std::fmt;

use privet_domain::rules::enforcement::{Member, Profile};
use privet_http_core::errors::ApiError;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A profile in the answer.
pub struct QuotedProfile(pub Profile);

impl Serialize for QuotedProfile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.members();
        serializer.collect_map(members.map(|(name, member)| (name, Quoted(member))))
    }
}

struct Quoted<'a>(&'a Member);

impl Serialize for Quoted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Member::Given(json) => json.serialize(serializer),
            Member::Put(text) => text.serialize(serializer),
        }
    }
}

/// The members of each profile in the text of a valid body.
pub fn quoted_profiles(
    body: &[u8],
) -> Result<impl Iterator<Item = Vec<(String, Box<RawValue>)>> + use<>, ApiError> {
    let read = serde_json::from_slice::<Body>(body);
    let body = read.map_err(|error| ApiError::Malformed(format!("Malformed JSON: {error}.")))?;
    Ok(body.profiles.into_iter().map(|Members(members)| members))
}

#[derive(Deserialize)]
struct Body {
    profiles: Vec<Members>,
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
