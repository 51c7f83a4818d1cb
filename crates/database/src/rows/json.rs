//! Columns of a user's row that hold JSON: `jsonb` in PostgreSQL, checked text in SQLite.

use std::collections::BTreeMap;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, Jsonb};
use diesel::sqlite::Sqlite;
use privet_domain::Timestamp;
use privet_domain::catalogue::{Choices, Family};
use privet_domain::settings::revision::{Revision, Version, Versions};

/// The version that PostgreSQL puts in front of a `jsonb` in binary form.
const JSONB_VERSION: u8 = 1;
/// What most users have chosen. Not worth a parser.
const NOTHING: &[u8] = b"{}";

/// What a user chose: an object from name to value.
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
        for (family, (revision, micros)) in stored {
            // A family of a later release is none that this one could show.
            if let Some(family) = Family::parse(&family) {
                let revision = Revision::new(revision).ok_or("a revision below 1")?;
                let updated_at = Timestamp::from_micros(micros).ok_or("a time out of range")?;
                let version = Version {
                    revision,
                    updated_at,
                };
                versions.set(family, version);
            }
        }
        Ok(Self(versions))
    }

    fn text(&self) -> serde_json::Result<String> {
        let version = |(family, version): (Family, Version)| {
            let stored = (version.revision.get(), version.updated_at.as_micros());
            (family.as_str(), stored)
        };
        let stored: BTreeMap<&str, (i64, i64)> = self.0.iter().map(version).collect();
        serde_json::to_string(&stored)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
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
    fn what_is_no_version_is_refused_and_an_unknown_family_is_not() {
        for text in [r#"{"messaging":[0,1]}"#, r#"{"messaging":1}"#, "[]", ""] {
            assert!(DbVersions::parse(text.as_bytes()).is_err(), "{text}");
        }
        let later = DbVersions::parse(br#"{"later":[1,1]}"#).unwrap();
        assert_eq!(later, DbVersions::default());
    }
}
