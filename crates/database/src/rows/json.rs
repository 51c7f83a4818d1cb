//! Columns with JSON: `jsonb` in PostgreSQL, text with a CHECK in SQLite.

use std::collections::BTreeMap;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, Jsonb};
use diesel::sqlite::Sqlite;
use privet_domain::Timestamp;
use privet_domain::catalogue::{Choices, Cohorts};
use privet_domain::relationships::exceptions::Exceptions;
use privet_domain::settings::revision::{Revision, Version, Versions};
use serde_json::{Map, Value};

/// The version byte at the start of a binary `jsonb` value.
const JSONB_VERSION: u8 = 1;
/// The choices of most users. It is recognised without the JSON parser.
const NOTHING: &[u8] = b"{}";

/// The choices of a user: an object from name to value.
#[derive(Debug, Clone, PartialEq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbChoices(pub Choices);

impl DbChoices {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        if text == NOTHING {
            return Ok(Self::default());
        }
        Ok(Self(serde_json::from_slice(text)?))
    }

    fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }
}

/// The versions of the families that changed: an object from family to revision and time, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbVersions(pub Versions);

impl DbVersions {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        let mut versions = Versions::default();
        if text == NOTHING {
            return Ok(Self(versions));
        }
        let stored: BTreeMap<String, (i64, i64)> = serde_json::from_slice(text)?;
        for (name, (revision, micros)) in stored {
            let version = Version {
                revision: Revision::new(revision).ok_or("a revision below 1")?,
                updated_at: Timestamp::from_micros(micros).ok_or("a time out of range")?,
            };
            // A family of a later release is ignored, because this release cannot show it.
            versions.set_named(&name, version);
        }
        Ok(Self(versions))
    }

    fn text(&self) -> serde_json::Result<String> {
        let version = |(name, version): (&'static str, Version)| {
            let stored = (version.revision.get(), version.updated_at.as_micros());
            (name, stored)
        };
        let stored: BTreeMap<&str, (i64, i64)> = self.0.named().map(version).collect();
        serde_json::to_string(&stored)
    }
}

/// The cohorts of a user: a list of names.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbCohorts(pub Cohorts);

/// The cohorts of most users. They are recognised without the JSON parser.
const NO_COHORTS: &[u8] = b"[]";

impl DbCohorts {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        if text == NO_COHORTS {
            return Ok(Self::default());
        }
        let stored: Value = serde_json::from_slice(text)?;
        Ok(Self(Cohorts::from_stored(&stored)))
    }

    fn text(&self) -> String {
        self.0.to_stored().to_string()
    }
}

/// A user's exceptions for one person: an object from action to exception.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbExceptions(pub Exceptions);

impl DbExceptions {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        let stored: Map<String, Value> = serde_json::from_slice(text)?;
        Ok(Self(Exceptions::from_stored(&stored)))
    }

    fn text(&self) -> String {
        Value::Object(self.0.to_stored()).to_string()
    }
}

fn jsonb_text<'a>(value: &'a PgValue<'_>) -> deserialize::Result<&'a [u8]> {
    match value.as_bytes() {
        [JSONB_VERSION, text @ ..] => Ok(text),
        _ => Err("a jsonb of an unknown version".into()),
    }
}

fn write_jsonb(out: &mut Output<'_, '_, Pg>, text: &str) -> serialize::Result {
    use std::io::Write;
    out.write_all(&[JSONB_VERSION])?;
    out.write_all(text.as_bytes())?;
    Ok(IsNull::No)
}

impl FromSql<Jsonb, Pg> for DbChoices {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Self::parse(jsonb_text(&value)?)
    }
}

impl ToSql<Jsonb, Pg> for DbChoices {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_jsonb(out, &self.text()?)
    }
}

impl FromSql<Json, Sqlite> for DbChoices {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::parse(value.read_text().as_bytes())
    }
}

impl ToSql<Json, Sqlite> for DbChoices {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text()?);
        Ok(IsNull::No)
    }
}

impl FromSql<Jsonb, Pg> for DbVersions {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Self::parse(jsonb_text(&value)?)
    }
}

impl ToSql<Jsonb, Pg> for DbVersions {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_jsonb(out, &self.text()?)
    }
}

impl FromSql<Json, Sqlite> for DbVersions {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::parse(value.read_text().as_bytes())
    }
}

impl ToSql<Json, Sqlite> for DbVersions {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text()?);
        Ok(IsNull::No)
    }
}

impl FromSql<Jsonb, Pg> for DbCohorts {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Self::parse(jsonb_text(&value)?)
    }
}

impl ToSql<Jsonb, Pg> for DbCohorts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_jsonb(out, &self.text())
    }
}

impl FromSql<Json, Sqlite> for DbCohorts {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::parse(value.read_text().as_bytes())
    }
}

impl ToSql<Json, Sqlite> for DbCohorts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text());
        Ok(IsNull::No)
    }
}

impl FromSql<Jsonb, Pg> for DbExceptions {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Self::parse(jsonb_text(&value)?)
    }
}

impl ToSql<Jsonb, Pg> for DbExceptions {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_jsonb(out, &self.text())
    }
}

impl FromSql<Json, Sqlite> for DbExceptions {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::parse(value.read_text().as_bytes())
    }
}

impl ToSql<Json, Sqlite> for DbExceptions {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use privet_domain::catalogue::Family;
    use privet_domain::relationships::exceptions::Exception;

    use super::*;

    #[test]
    fn choices_and_versions_round_trip() {
        let mut choices = Choices::default();
        assert_eq!(
            DbChoices(choices.clone()).text().unwrap().as_bytes(),
            NOTHING
        );
        choices.choose("account.is_private", false.into());
        let choices = DbChoices(choices);
        assert_eq!(
            DbChoices::parse(choices.text().unwrap().as_bytes()).unwrap(),
            choices
        );

        let mut versions = Versions::default();
        assert_eq!(DbVersions(versions).text().unwrap().as_bytes(), NOTHING);
        let version = Version {
            revision: Revision::new(7).unwrap(),
            updated_at: Timestamp::from_micros(-5).unwrap(),
        };
        versions.set(Family::Messaging, version);
        let versions = DbVersions(versions);
        assert_eq!(versions.text().unwrap(), r#"{"messaging":[7,-5]}"#);
        assert_eq!(
            DbVersions::parse(versions.text().unwrap().as_bytes()).unwrap(),
            versions
        );
    }

    #[test]
    fn cohorts_and_exceptions_round_trip() {
        let cohorts = DbCohorts(Cohorts::of(["minor", "staff"]));
        assert_eq!(
            DbCohorts::parse(cohorts.text().as_bytes()).unwrap(),
            cohorts
        );
        assert_eq!(DbCohorts::default().text().as_bytes(), NO_COHORTS);
        let exceptions = DbExceptions(Exceptions::of([("call", Exception::Never)]));
        assert_eq!(exceptions.text(), r#"{"call":"never"}"#);
        let read = DbExceptions::parse(exceptions.text().as_bytes()).unwrap();
        assert_eq!(read, exceptions);
    }

    #[test]
    fn an_invalid_version_is_refused_and_an_unknown_family_is_ignored() {
        for text in [r#"{"messaging":[0,1]}"#, r#"{"messaging":1}"#, "[]", ""] {
            assert!(DbVersions::parse(text.as_bytes()).is_err(), "{text}");
        }
        let later = DbVersions::parse(br#"{"later":[1,1]}"#).unwrap();
        assert_eq!(later, DbVersions::default());
    }
}
