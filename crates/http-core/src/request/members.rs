//! Parses the members of a body strictly. Errors name missing, invalid and unknown members by their path
//! (`checks[3].viewer`); several errors are reported together.

use std::fmt;

use privet_domain::{FieldError, UserId};
use serde_json::{Map, Value};

use crate::errors::{ApiError, MOST_FIELDS};

/// An object in a body, with its path.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    members: &'a Map<String, Value>,
    location: Location,
}

/// The position of an object: at the top, or in a list.
#[derive(Clone, Copy)]
enum Location {
    Top,
    Item(&'static str, usize),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Item(list, index) => write!(f, "{list}[{index}]."),
        }
    }
}

impl<'a> Object<'a> {
    /// The raw members.
    #[must_use]
    pub const fn members(self) -> &'a Map<String, Value> {
        self.members
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }
}

/// Parses a body and collects errors.
#[derive(Default)]
pub struct Reader(Vec<FieldError>);

impl Reader {
    /// The body as an object.
    pub fn top(body: &Value) -> Result<Object<'_>, ApiError> {
        let members = body.as_object().ok_or(ApiError::NotAnObject)?;
        Ok(Object {
            members,
            location: Location::Top,
        })
    }

    /// Refuses unknown members.
    pub fn refuse_besides(&mut self, object: Object<'_>, known: &[&str]) {
        for name in object.members.keys() {
            if !known.contains(&name.as_str()) {
                let there_is = format!("Unknown member; there is {}.", known.join(", "));
                self.wrong(object, name, &there_is);
            }
        }
    }

    /// A user id.
    pub fn user_id(&mut self, object: Object<'_>, name: &str) -> Option<UserId> {
        self.read(object, name, "Must be a UUID.", parse_user_id)
    }

    /// A value that `parse` accepts.
    pub fn read<'a, T>(
        &mut self,
        object: Object<'a>,
        name: &str,
        takes: &str,
        parse: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = object.get(name) else {
            self.wrong(object, name, "Is required.");
            return None;
        };
        let parsed = parse(value);
        if parsed.is_none() {
            self.wrong(object, name, takes);
        }
        parsed
    }

    /// An optional boolean; the default is `false`.
    pub fn flag(&mut self, object: Object<'_>, name: &str) -> bool {
        match object.get(name) {
            None => false,
            Some(_) => self
                .read(object, name, "Must be true or false.", Value::as_bool)
                .unwrap_or_default(),
        }
    }

    /// A list with a minimum and maximum number of items, each parsed by `item`.
    pub fn list<'a, T>(
        &mut self,
        object: Object<'a>,
        name: &'static str,
        (least, most): (usize, usize),
        item: impl Fn(&mut Self, usize, &'a Value) -> Option<T>,
    ) -> Vec<T> {
        let takes = format!("Must be a list of {least} to {most} items.");
        let sized = |value: &'a Value| {
            let items = value.as_array()?;
            (least..=most).contains(&items.len()).then_some(items)
        };
        let items = self.read(object, name, &takes, sized);
        let items = items.into_iter().flatten().enumerate();
        items
            .filter_map(|(index, value)| item(self, index, value))
            .collect()
    }

    /// An object in a list at the top.
    pub fn object<'a>(
        &mut self,
        list: &'static str,
        index: usize,
        value: &'a Value,
    ) -> Option<Object<'a>> {
        let location = Location::Item(list, index);
        let members = value.as_object();
        if members.is_none() {
            self.note(format!("{list}[{index}]"), "Must be an object.");
        }
        members.map(|members| Object { members, location })
    }

    /// A list of user ids.
    pub fn user_ids(&mut self, object: Object<'_>, name: &'static str, most: usize) -> Vec<UserId> {
        self.list(object, name, (0, most), |reader, index, value| {
            let id = parse_user_id(value);
            if id.is_none() {
                reader.note(format!("{name}[{index}]"), "Must be a UUID.");
            }
            id
        })
    }

    /// Records an error of a member.
    pub fn wrong(&mut self, object: Object<'_>, name: &str, message: &str) {
        self.note(format!("{}{name}", object.location), message);
    }

    fn note(&mut self, field: String, message: &str) {
        // One more than the maximum shows that there are more.
        if self.0.len() <= MOST_FIELDS {
            self.0.push(FieldError::new(field, message));
        }
    }

    /// The parsed value, if there were no errors.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ApiError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ApiError::InvalidMembers(self.0)),
        }
    }
}

/// Refuses unknown members before other members are read.
pub fn only(object: Object<'_>, known: &[&str]) -> Result<(), ApiError> {
    let mut reader = Reader::default();
    reader.refuse_besides(object, known);
    reader.finish(Some(()))
}

fn parse_user_id(value: &Value) -> Option<UserId> {
    UserId::parse(value.as_str()?).ok()
}
