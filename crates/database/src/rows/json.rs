//! JSON columns of `users`: `jsonb` in PostgreSQL, text in SQLite. Most users chose nothing: an empty object is read and
//! written without a parser.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, Jsonb};
use diesel::sqlite::Sqlite;
use privet_domain::Timestamp;
use privet_domain::catalogue::{Choices, Family};
use privet_domain::user::{Revision, Version, Versions};
use serde_json::{Map, Value};

/// The first byte of a `jsonb` value on its way from or to PostgreSQL: the version of the format. JSON text follows.
const JSONB_VERSION: u8 = 1;

const EMPTY: &str = "{}";

/// What a user chose: a flat object from name to value.
#[derive(Debug, Clone, PartialEq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbChoices(pub Choices);

/// The families' versions: an object from family to revision and time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub struct DbVersions(pub Versions);

impl DbChoices {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        if text == EMPTY.as_bytes() {
            return Ok(Self::default());
        }
        let stored: Map<String, Value> = serde_json::from_slice(text)?;
        Ok(Self(Choices::from_stored(stored)))
    }

    fn to_text(&self) -> String {
        if self.0.is_empty() {
            EMPTY.to_owned()
        } else {
            Value::Object(self.0.to_stored()).to_string()
        }
    }
}

impl DbVersions {
    fn parse(text: &[u8]) -> deserialize::Result<Self> {
        let mut versions = Versions::default();
        if text == EMPTY.as_bytes() {
            return Ok(Self(versions));
        }
        let stored: Map<String, Value> = serde_json::from_slice(text)?;
        for (name, value) in stored {
            let family = Family::parse(&name).ok_or("a family that the domain does not know")?;
            let version = version(value).ok_or("a version that the domain refuses")?;
            versions.set(family, version);
        }
        Ok(Self(versions))
    }

    fn to_text(self) -> String {
        let versions = self.0.iter().map(|(family, version)| {
            let (name, revision) = (family.as_str(), version.revision.get());
            format!("\"{name}\":[{revision},{}]", version.updated_at.as_micros())
        });
        format!("{{{}}}", versions.collect::<Vec<_>>().join(","))
    }
}

fn version(stored: Value) -> Option<Version> {
    let (revision, updated_at): (i64, i64) = serde_json::from_value(stored).ok()?;
    Some(Version {
        revision: Revision::new(revision)?,
        updated_at: Timestamp::from_micros(updated_at)?,
    })
}

fn jsonb_text<'a>(value: &'a PgValue<'_>) -> deserialize::Result<&'a [u8]> {
    match value.as_bytes().split_first() {
        Some((&JSONB_VERSION, text)) => Ok(text),
        _ => Err("a jsonb value of an unknown format".into()),
    }
}

fn write_jsonb(text: &str, out: &mut Output<'_, '_, Pg>) -> serialize::Result {
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
        write_jsonb(&self.to_text(), out)
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
        out.set_value(self.to_text());
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
        write_jsonb(&self.to_text(), out)
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
        out.set_value(self.to_text());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_were_written() {
        let mut versions = Versions::default();
        assert_eq!(DbVersions(versions).to_text(), EMPTY);
        for (number, family) in (2..).zip(Family::ALL) {
            let version = Version {
                revision: Revision::new(number).unwrap(),
                updated_at: Timestamp::from_micros(-number).unwrap(),
            };
            versions.set(family, version);
            let text = DbVersions(versions).to_text();
            assert_eq!(DbVersions::parse(text.as_bytes()).unwrap().0, versions);
        }
    }

    #[test]
    fn versions_that_the_domain_refuses_are_errors() {
        for text in [
            "[]",
            r#"{"messaging": [0, 1]}"#,
            r#"{"messaging": [1]}"#,
            r#"{"unknown": [1, 1]}"#,
        ] {
            assert!(DbVersions::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn choices_are_read_as_they_were_written() {
        let mut choices = DbChoices::default();
        assert_eq!(choices.to_text(), EMPTY);
        choices.0.choose("messaging.show_last_seen", false.into());
        let text = choices.to_text();
        assert_eq!(text, r#"{"messaging.show_last_seen":false}"#);
        assert_eq!(DbChoices::parse(text.as_bytes()).unwrap(), choices);
        assert!(DbChoices::parse(b"[]").is_err());
    }
}
