//! Reading the members of a body strictly: what is missing, wrong or unknown is named by its location
//! (`checks[3].viewer`), and as much of it as helps is told at once.

use std::fmt;

use privet_domain::{FieldError, UserId};
use serde_json::{Map, Value};

use crate::errors::{ApiError, MOST_FIELDS};

/// An object within a body, and where it stands.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    members: &'a Map<String, Value>,
    location: Location,
}

/// Where an object stands: at the top, or in a list there.
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
    /// The members as they came.
    #[must_use]
    pub const fn members(self) -> &'a Map<String, Value> {
        self.members
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }
}

/// Reads a body and collects what is wrong with it.
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

    /// Refuses members that nothing reads.
    pub fn refuse_besides(&mut self, object: Object<'_>, known: &[&str]) {
        for name in object.members.keys() {
            if !known.contains(&name.as_str()) {
                let there_is = format!("Unknown member; there is {}.", known.join(", "));
                self.wrong(object, name, &there_is);
            }
        }
    }

    /// A user's id.
    pub fn user_id(&mut self, object: Object<'_>, name: &str) -> Option<UserId> {
        self.read(object, name, "Must be a UUID.", parse_user_id)
    }

    /// A value that `parse` takes.
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

    /// A boolean that may be left out and is `false` then.
    pub fn flag(&mut self, object: Object<'_>, name: &str) -> bool {
        match object.get(name) {
            None => false,
            Some(_) => self
                .read(object, name, "Must be true or false.", Value::as_bool)
                .unwrap_or_default(),
        }
    }

    /// A list of that many items at least and at most, each as `item` reads it.
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

    /// A list of users' ids.
    pub fn user_ids(&mut self, object: Object<'_>, name: &'static str, most: usize) -> Vec<UserId> {
        self.list(object, name, (0, most), |reader, index, value| {
            let id = parse_user_id(value);
            if id.is_none() {
                reader.note(format!("{name}[{index}]"), "Must be a UUID.");
            }
            id
        })
    }

    /// Notes that a member is wrong.
    pub fn wrong(&mut self, object: Object<'_>, name: &str, message: &str) {
        self.note(format!("{}{name}", object.location), message);
    }

    fn note(&mut self, field: String, message: &str) {
        // One more than is told says that there are more.
        if self.0.len() <= MOST_FIELDS {
            self.0.push(FieldError::new(field, message));
        }
    }

    /// What was read, if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ApiError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ApiError::InvalidMembers(self.0)),
        }
    }
}

/// Refuses members that nothing reads, before any other is looked at.
pub fn only(object: Object<'_>, known: &[&str]) -> Result<(), ApiError> {
    let mut reader = Reader::default();
    reader.refuse_besides(object, known);
    reader.finish(Some(()))
}

fn parse_user_id(value: &Value) -> Option<UserId> {
    UserId::parse(value.as_str()?).ok()
}
