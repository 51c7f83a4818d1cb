//! Column types that differ between the two databases, or whose values have names in the domain.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::data_types::PgTimestamp;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Text, Timestamptz, Uuid as PgUuid};
use diesel::sqlite::Sqlite;
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

/// A UUID: `uuid` in PostgreSQL, a blob of 16 bytes in SQLite. Both order it by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = PgUuid)]
#[diesel(sql_type = Binary)]
pub struct DbUuid(pub Uuid);

impl From<UserId> for DbUuid {
    fn from(id: UserId) -> Self {
        Self(id.as_uuid())
    }
}

impl FromSql<PgUuid, Pg> for DbUuid {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <Uuid as FromSql<PgUuid, Pg>>::from_sql(value).map(Self)
    }
}

impl ToSql<PgUuid, Pg> for DbUuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<PgUuid, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Binary, Sqlite> for DbUuid {
    fn from_sql(
        value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

impl ToSql<Binary, Sqlite> for DbUuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

/// A time: `timestamptz` in PostgreSQL, microseconds since 1970 in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamptz)]
#[diesel(sql_type = BigInt)]
pub struct DbTime(pub Timestamp);

/// The start of PostgreSQL's time, 2000-01-01T00:00:00Z, in microseconds since 1970.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl DbTime {
    fn from_micros(micros: i64) -> deserialize::Result<Self> {
        let time = Timestamp::from_micros(micros).ok_or("a time that cannot be written")?;
        Ok(Self(time))
    }
}

impl FromSql<Timestamptz, Pg> for DbTime {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(micros) = FromSql::<Timestamptz, Pg>::from_sql(value)?;
        Self::from_micros(micros.saturating_add(POSTGRES_EPOCH))
    }
}

impl ToSql<Timestamptz, Pg> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.as_micros().saturating_sub(POSTGRES_EPOCH);
        ToSql::<Timestamptz, Pg>::to_sql(&PgTimestamp(micros), &mut out.reborrow())
    }
}

impl FromSql<BigInt, Sqlite> for DbTime {
    fn from_sql(
        value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::from_micros(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)
    }
}

impl ToSql<BigInt, Sqlite> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_micros());
        Ok(IsNull::No)
    }
}

/// The status of a follow: text with the domain's name in both databases. Read without copying the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct DbFollowStatus(pub FollowStatus);

impl DbFollowStatus {
    fn parse(name: &str) -> deserialize::Result<Self> {
        let status = FollowStatus::parse(name).ok_or("a status that the domain refuses")?;
        Ok(Self(status))
    }
}

impl FromSql<Text, Pg> for DbFollowStatus {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Self::parse(str::from_utf8(value.as_bytes())?)
    }
}

impl ToSql<Text, Pg> for DbFollowStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Text, Pg>::to_sql(self.0.as_str(), out)
    }
}

impl FromSql<Text, Sqlite> for DbFollowStatus {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Self::parse(value.read_text())
    }
}

impl ToSql<Text, Sqlite> for DbFollowStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}
