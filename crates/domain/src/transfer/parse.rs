//! Parses lines. Errors name members by their path, and several are reported together.

use serde_json::{Map, Value};

use super::{
    BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine, TransferLine, UserLine,
};
use crate::catalogue::{Catalogue, ChoicesUpdate, Cohort, Cohorts, MOST_COHORTS_OF_A_USER};
use crate::relationships::exceptions::Exceptions;
use crate::{FieldError, Pair, Timestamp, UserId};

const KINDS: &str = "user, contact, block, follow, exception, erased";

impl TransferLine {
    /// Parses a line by this catalogue, or returns all errors.
    pub fn parse(catalogue: &Catalogue, line: &Value) -> Result<Self, Vec<FieldError>> {
        let Some(members) = line.as_object() else {
            return Err(vec![FieldError::new("", "Must be an object.")]);
        };
        if members.contains_key("user") {
            let mut reader = Reader::new("", members);
            let line = reader.user(catalogue);
            return reader.finish(line.map(Self::User));
        }
        let mut kinds = members.iter();
        let (Some((kind, value)), None) = (kinds.next(), kinds.next()) else {
            let message = format!("Must have exactly one of: {KINDS}.");
            return Err(vec![FieldError::new("", message)]);
        };
        let Some(inner) = value.as_object() else {
            return Err(vec![FieldError::new(kind, "Must be an object.")]);
        };
        let mut reader = Reader::new(kind, inner);
        let line = match kind.as_str() {
            "contact" => reader.contact().map(Self::Contact),
            "block" => reader.block().map(Self::Block),
            "follow" => reader.follow().map(Self::Follow),
            "exception" => reader.exception(catalogue).map(Self::Exception),
            "erased" => reader.erased().map(Self::Erased),
            _ => {
                let message = format!("Unknown member; there is one of: {KINDS}.");
                return Err(vec![FieldError::new(kind, message)]);
            }
        };
        reader.finish(line)
    }
}

/// Reads the members of one object and collects errors.
struct Reader<'a> {
    /// The path of the object; empty for the line itself.
    path: &'a str,
    members: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    const fn new(path: &'a str, members: &'a Map<String, Value>) -> Self {
        Self {
            path,
            members,
            errors: Vec::new(),
        }
    }

    fn finish<T>(self, line: Option<T>) -> Result<T, Vec<FieldError>> {
        match line {
            Some(line) if self.errors.is_empty() => Ok(line),
            _ => Err(self.errors),
        }
    }

    fn wrong(&mut self, name: &str, message: impl Into<String>) {
        let field = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        self.errors.push(FieldError::new(field, message));
    }

    fn refuse_besides(&mut self, known: &[&str]) {
        let unknown: Vec<_> = self
            .members
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .collect();
        for name in unknown {
            let message = format!("Unknown member; there is {}.", known.join(", "));
            self.wrong(name, message);
        }
    }

    fn required<T>(
        &mut self,
        name: &str,
        takes: &str,
        parse: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = self.members.get(name) else {
            self.wrong(name, "Is required.");
            return None;
        };
        let parsed = parse(value);
        if parsed.is_none() {
            self.wrong(name, takes);
        }
        parsed
    }

    fn optional<T>(
        &mut self,
        name: &str,
        takes: &str,
        parse: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        self.members.get(name)?;
        self.required(name, takes, parse)
    }

    fn user_id(&mut self, name: &str) -> Option<UserId> {
        self.required(name, "Must be a UUID.", |value| {
            UserId::parse(value.as_str()?).ok()
        })
    }

    fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.optional(name, TIME, parse_time)
    }

    fn pair(&mut self, actor: &str, other: &str) -> Option<Pair> {
        let (actor, other_id) = (self.user_id(actor), self.user_id(other));
        match Pair::new(actor?, other_id?) {
            Ok(pair) => Some(pair),
            Err(oneself) => {
                self.wrong(other, oneself.to_string());
                None
            }
        }
    }

    fn user(&mut self, catalogue: &Catalogue) -> Option<UserLine> {
        self.refuse_besides(&["user", "settings", "cohorts", "created_at"]);
        let user_id = self.user_id("user");
        let settings = self.required("settings", "Must be an object.", Value::as_object);
        let mut wanted = Vec::new();
        for (name, value) in settings.into_iter().flatten() {
            match catalogue.parse_choice(name, value) {
                Ok(choice) => wanted.push(choice),
                Err(error) => self.wrong(&format!("settings.{name}"), error.message),
            }
        }
        let takes =
            format!("Must be a list of at most {MOST_COHORTS_OF_A_USER} cohorts of the catalogue.");
        let cohorts = self.optional("cohorts", &takes, |value| parse_cohorts(catalogue, value));
        Some(UserLine {
            created_at: self.time("created_at"),
            user_id: user_id?,
            choices: ChoicesUpdate::new(wanted),
            cohorts,
        })
    }

    fn contact(&mut self) -> Option<ContactLine> {
        self.refuse_besides(&["owner", "user", "close_friend", "added_at"]);
        let takes = "Must be true or false.";
        let close_friend = self.optional("close_friend", takes, Value::as_bool);
        let added_at = self.time("added_at");
        Some(ContactLine {
            pair: self.pair("owner", "user")?,
            close_friend,
            added_at,
        })
    }

    fn block(&mut self) -> Option<BlockLine> {
        self.refuse_besides(&["blocker", "blocked", "blocked_at"]);
        let blocked_at = self.time("blocked_at");
        Some(BlockLine {
            pair: self.pair("blocker", "blocked")?,
            blocked_at,
        })
    }

    fn follow(&mut self) -> Option<FollowLine> {
        self.refuse_besides(&["follower", "following", "status", "created_at"]);
        let takes = "Must be PENDING or ACCEPTED.";
        let is_accepted = self.required("status", takes, |value| match value.as_str()? {
            "PENDING" => Some(false),
            "ACCEPTED" => Some(true),
            _ => None,
        });
        let created_at = self.time("created_at");
        Some(FollowLine {
            pair: self.pair("follower", "following")?,
            is_accepted: is_accepted?,
            created_at,
        })
    }

    fn exception(&mut self, catalogue: &Catalogue) -> Option<ExceptionLine> {
        self.refuse_besides(&["owner", "user", "exceptions"]);
        let takes = "Must be an object with at least one action.";
        let wanted = self.required("exceptions", takes, |value| {
            value.as_object().filter(|wanted| !wanted.is_empty())
        });
        let exceptions = match Exceptions::parse(catalogue, wanted?) {
            Ok(exceptions) => exceptions,
            Err(errors) => {
                for error in errors {
                    self.wrong(&format!("exceptions.{}", error.field), error.message);
                }
                return None;
            }
        };
        Some(ExceptionLine {
            pair: self.pair("owner", "user")?,
            exceptions,
        })
    }

    fn erased(&mut self) -> Option<ErasedLine> {
        self.refuse_besides(&["user", "at"]);
        let (user_id, at) = (self.user_id("user"), self.required("at", TIME, parse_time));
        Some(ErasedLine {
            user_id: user_id?,
            at: at?,
        })
    }
}

const TIME: &str = "Must be a time of RFC 3339 between the years 1970 and 9999.";

/// In microseconds since 1970.
const YEARS_1970_TO_9999: std::ops::Range<i64> = 0..253_402_300_800_000_000;

pub(super) fn parse_time(value: &Value) -> Option<Timestamp> {
    let time = Timestamp::parse(value.as_str()?)?;
    YEARS_1970_TO_9999
        .contains(&time.as_micros())
        .then_some(time)
}

fn parse_cohorts(catalogue: &Catalogue, value: &Value) -> Option<Cohorts> {
    let names = value.as_array()?;
    let known: Vec<_> = catalogue.cohorts().iter().map(Cohort::name).collect();
    let name = |value: &Value| {
        let name = value.as_str()?.to_owned();
        known.contains(&&*name).then_some(name)
    };
    let names: Option<Vec<String>> = names.iter().map(name).collect();
    let names = names.filter(|names| names.len() <= MOST_COHORTS_OF_A_USER);
    names.map(Cohorts::of)
}
