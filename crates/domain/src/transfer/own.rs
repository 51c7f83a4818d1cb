//! A user's own export as a document to import.

use serde_json::{Map, Value};

use super::parse::parse_time;
use crate::{FieldError, Timestamp, UserId};

/// What the document begins with.
pub const FORMAT: &str = "privet-export/1";

/// What an import takes from an export. Other members are ignored.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnDocument {
    /// The user whom the document is about; only says which follows were theirs.
    pub owner: UserId,
    /// What they chose, by dotted name.
    pub choices: Map<String, Value>,
    /// Users whom they added.
    pub contacts: Vec<OwnContact>,
    /// Users whom they blocked.
    pub blocks: Vec<OwnBlock>,
    /// Users for whom they had exceptions.
    pub exceptions: Vec<OwnExceptions>,
    /// Users whom they followed or asked.
    pub follows: Vec<UserId>,
}

/// A contact in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnContact {
    /// The contact.
    pub user_id: UserId,
    /// Whether it is a close friend, if the document says so.
    pub close_friend: Option<bool>,
    /// When it was added, if the document says so.
    pub added_at: Option<Timestamp>,
}

/// A block in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnBlock {
    /// The blocked user.
    pub user_id: UserId,
    /// When, if the document says so.
    pub blocked_at: Option<Timestamp>,
}

/// The exceptions for a user in the document.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnExceptions {
    /// The user.
    pub user_id: UserId,
    /// By action.
    pub exceptions: Map<String, Value>,
}

impl OwnDocument {
    /// Parses a document, or returns what is wrong with its structure.
    pub fn parse(document: &Value) -> Result<Self, Vec<FieldError>> {
        let mut reader = Reader::default();
        let empty = Map::new();
        let Some(members) = document.as_object() else {
            return Err(vec![FieldError::new("", "Must be an object.")]);
        };
        if members.get("format").and_then(Value::as_str) != Some(FORMAT) {
            let message = format!("Must be {FORMAT:?}.");
            return Err(vec![FieldError::new("format", message)]);
        }
        let owner = reader.user_id(members, "", "user_id");
        let choices = match members.get("choices") {
            None => &empty,
            Some(choices) => choices.as_object().unwrap_or_else(|| {
                reader.wrong("choices".to_owned(), "Must be an object.");
                &empty
            }),
        };
        let parsed = Self {
            contacts: reader.items(members, "contacts", Reader::contact),
            blocks: reader.items(members, "blocks", Reader::block),
            exceptions: reader.items(members, "exceptions", Reader::exceptions),
            follows: reader
                .items(members, "follows", Reader::follow)
                .into_iter()
                .filter(|(follower, _)| Some(*follower) == owner)
                .map(|(_, following)| following)
                .collect(),
            choices: choices.clone(),
            owner: owner.unwrap_or(UserId::from_uuid(uuid::Uuid::nil())),
        };
        if reader.0.is_empty() {
            Ok(parsed)
        } else {
            Err(reader.0)
        }
    }
}

/// Collects errors.
#[derive(Default)]
struct Reader(Vec<FieldError>);

type Members = Map<String, Value>;

impl Reader {
    fn wrong(&mut self, field: String, message: &str) {
        self.0.push(FieldError::new(field, message));
    }

    /// The items of a list of objects; none if there is no list.
    fn items<T>(
        &mut self,
        members: &Members,
        list: &str,
        item: impl Fn(&mut Self, &Members, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = members.get(list) else {
            return Vec::new();
        };
        let Some(values) = value.as_array() else {
            self.wrong(list.to_owned(), "Must be a list.");
            return Vec::new();
        };
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let path = format!("{list}[{index}]");
            match value.as_object() {
                Some(members) => items.extend(item(self, members, &format!("{path}."))),
                None => self.wrong(path, "Must be an object."),
            }
        }
        items
    }

    fn user_id(&mut self, members: &Members, path: &str, name: &str) -> Option<UserId> {
        let value = members.get(name).and_then(Value::as_str);
        let id = value.and_then(|text| UserId::parse(text).ok());
        if id.is_none() {
            self.wrong(format!("{path}{name}"), "Must be a UUID.");
        }
        id
    }

    fn time(&mut self, members: &Members, path: &str, name: &str) -> Option<Timestamp> {
        let time = parse_time(members.get(name)?);
        if time.is_none() {
            self.wrong(format!("{path}{name}"), "Must be a time of RFC 3339.");
        }
        time
    }

    fn contact(&mut self, members: &Members, path: &str) -> Option<OwnContact> {
        let close_friend = members.get("close_friend");
        if close_friend.is_some_and(|value| !value.is_boolean()) {
            self.wrong(format!("{path}close_friend"), "Must be true or false.");
        }
        let added_at = self.time(members, path, "added_at");
        Some(OwnContact {
            user_id: self.user_id(members, path, "user_id")?,
            close_friend: close_friend.and_then(Value::as_bool),
            added_at,
        })
    }

    fn block(&mut self, members: &Members, path: &str) -> Option<OwnBlock> {
        let blocked_at = self.time(members, path, "blocked_at");
        Some(OwnBlock {
            user_id: self.user_id(members, path, "user_id")?,
            blocked_at,
        })
    }

    fn exceptions(&mut self, members: &Members, path: &str) -> Option<OwnExceptions> {
        let exceptions = members.get("exceptions").and_then(Value::as_object);
        if exceptions.is_none() {
            self.wrong(format!("{path}exceptions"), "Must be an object.");
        }
        Some(OwnExceptions {
            user_id: self.user_id(members, path, "user_id")?,
            exceptions: exceptions?.clone(),
        })
    }

    /// The follower and the followed user.
    fn follow(&mut self, members: &Members, path: &str) -> Option<(UserId, UserId)> {
        let follower = self.user_id(members, path, "follower_id");
        let following = self.user_id(members, path, "following_id");
        follower.zip(following)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: &str = "00000000-0000-0000-0000-000000000001";
    const OTHER: &str = "00000000-0000-0000-0000-000000000002";

    fn fields(document: &Value) -> Vec<String> {
        let errors = OwnDocument::parse(document).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn of_follows_only_the_owners_are_taken_and_unknown_members_are_ignored() {
        let follow = |one, other| json!({"id": 1, "follower_id": one, "following_id": other});
        let document = json!({"format": FORMAT, "user_id": ONE, "more": 1, "follows": [follow(ONE, OTHER), follow(OTHER, ONE)],
            "contacts": [{"user_id": OTHER, "mutual": true}]});
        let parsed = OwnDocument::parse(&document).unwrap();
        assert_eq!(parsed.follows, [UserId::parse(OTHER).unwrap()]);
        assert_eq!(parsed.contacts[0].close_friend, None);
        assert!(parsed.choices.is_empty() && parsed.blocks.is_empty());
    }

    #[test]
    fn another_structure_is_refused() {
        for (document, expected) in [
            (json!(1), &[""][..]),
            (json!({"user_id": ONE}), &["format"]),
            (
                json!({"format": "privet-export/2", "user_id": ONE}),
                &["format"],
            ),
            (json!({"format": FORMAT}), &["user_id"]),
            (
                json!({"format": FORMAT, "user_id": ONE, "choices": [], "contacts": {}, "blocks": [1]}),
                &["choices", "contacts", "blocks[0]"],
            ),
            (
                json!({"format": FORMAT, "user_id": ONE, "contacts": [{"user_id": "x", "close_friend": 1, "added_at": "now"}],
                    "exceptions": [{"user_id": ONE}], "follows": [{"follower_id": ONE}]}),
                &[
                    "contacts[0].close_friend",
                    "contacts[0].added_at",
                    "contacts[0].user_id",
                    "exceptions[0].exceptions",
                    "follows[0].following_id",
                ],
            ),
        ] {
            assert_eq!(fields(&document), expected, "{document}");
        }
    }
}
