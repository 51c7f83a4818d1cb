//! Fills a database with users for `scripts/bench`, who know, follow and block each other:
//! `load_users DATABASE_URL COUNT`. The tables must be there and empty. What it stores follows from the
//! users' numbers, so that `scripts/bench-lua/decisions.lua` can ask about them:
//!
//! - user `n` has the id `SSSSSSSS-0000-4000-8000-NNNNNNNNNNNN`: `n` in hexadecimal, behind it scattered
//!   over the index by a multiplication;
//! - every second account is private, every second profile for contacts, and so on (`choices`);
//! - `n` and `n + 1` are mutual contacts, `n + 2` is a contact of `n` who has not added `n`;
//! - `n` follows `n + 1` and asked to follow `n + 3`; every tenth blocks `n + 5`.

use anyhow::{Context, bail};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};

/// Knuth's multiplier: scatters the numbers below 2^32.
const SCATTER: u32 = 2_654_435_761;

/// How a database says what this needs.
struct Dialect {
    /// The id of the user of this number (an SQL expression), with this in its second group.
    id: fn(number: &str, group: &str) -> String,
    /// An id that sorts by this number (an SQL expression), as those of follows sort by time.
    ordered_id: fn(number: &str) -> String,
    /// A column `n` of the numbers from 0 to one below the count.
    numbers: fn(count: u64) -> String,
    now: &'static str,
    /// Makes JSON of a text (an SQL expression).
    json: fn(text: &str) -> String,
    before: &'static str,
    /// One after the other, each on its own.
    after: &'static [&'static str],
}

const POSTGRES: Dialect = Dialect {
    id: |number, group| {
        format!(
            "(lpad(to_hex((({number}) * {SCATTER}) % 4294967296), 8, '0') || '-{group}-4000-8000-' \
             || lpad(to_hex({number}), 12, '0'))::uuid"
        )
    },
    ordered_id: |number| {
        format!("('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
    },
    numbers: |count| format!("generate_series(0::bigint, {count} - 1) AS numbers (n)"),
    now: "now()",
    json: |text| format!("({text})::jsonb"),
    before: "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'",
    // As the server would by itself after a while.
    after: &["VACUUM (ANALYZE)", "CHECKPOINT"],
};

const SQLITE: Dialect = Dialect {
    id: |number, group| {
        format!(
            "unhex(printf('%08x{group}40008000%012x', (({number}) * {SCATTER}) % 4294967296, {number}))"
        )
    },
    ordered_id: |number| format!("unhex(printf('00000000000070008000%012x', {number}))"),
    numbers: |count| {
        format!(
            "(WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers \
             WHERE n + 1 < {count}) SELECT n FROM numbers) AS numbers"
        )
    },
    now: "1769855445000000",
    json: str::to_owned,
    before: "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000",
    after: &["PRAGMA wal_checkpoint(TRUNCATE)", "ANALYZE"],
};

/// After so many users the same choices begin again.
const PERIOD: u64 = 60;

/// What the user of this number chose: what differs from the defaults.
fn choices(number: u64) -> Value {
    let groups = if number.is_multiple_of(4) {
        "nobody"
    } else {
        "contacts"
    };
    let chosen = [
        (number % 2 == 1, "account.is_private", json!(true)),
        (
            number.is_multiple_of(3),
            "email.allow_email_contact",
            json!(false),
        ),
        (
            number % 3 == 1,
            "messaging.show_read_receipts",
            json!(false),
        ),
        (number % 3 == 2, "messaging.show_last_seen", json!(false)),
        (
            number.is_multiple_of(5),
            "messaging.show_typing_indicator",
            json!(false),
        ),
        (
            number.is_multiple_of(2),
            "messaging.who_can_see_profile",
            json!("contacts"),
        ),
        (true, "messaging.who_can_add_to_groups", json!(groups)),
    ];
    let chosen = chosen.into_iter().filter(|(holds, _, _)| *holds);
    chosen
        .map(|(_, name, value)| (name.to_owned(), value))
        .collect()
}

/// The text of what the user `n` chose, as an SQL expression.
fn choices_by_number() -> String {
    let cases = (0..PERIOD).map(|number| format!(" WHEN {number} THEN '{}'", choices(number)));
    format!("CASE n % {PERIOD}{} END", cases.collect::<String>())
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: load_users DATABASE_URL COUNT";
    let url = arguments.next().context(usage)?;
    let count = arguments.next().context(usage)?;
    let count: u64 = count.parse().context("COUNT is not a number")?;
    if count < 10 {
        bail!("fewer than ten users do not know each other");
    }
    if let Some(path) = url.strip_prefix("sqlite://") {
        load(&mut SqliteConnection::establish(path)?, &SQLITE, count)
    } else {
        load(&mut PgConnection::establish(&url)?, &POSTGRES, count)
    }
}

fn load(
    connection: &mut impl SimpleConnection,
    dialect: &Dialect,
    count: u64,
) -> anyhow::Result<()> {
    connection.batch_execute(dialect.before)?;
    for statement in statements(dialect, count) {
        connection.batch_execute(&statement)?;
    }
    for statement in dialect.after {
        connection.batch_execute(statement)?;
    }
    Ok(())
}

fn statements(dialect: &Dialect, count: u64) -> [String; 5] {
    let id = |number: &str| (dialect.id)(number, "0000");
    let neighbour = |distance: u32| id(&format!("((n + {distance}) % {count})"));
    let (me, numbers, now) = (id("n"), (dialect.numbers)(count), dialect.now);
    let account = (dialect.id)("n", "0001");
    let choices = (dialect.json)(&choices_by_number());
    let nothing = (dialect.json)("'{}'");
    [
        format!(
            "INSERT INTO users \
             (user_id, created_at, account_id, revision, choices, preferences, versions) \
             SELECT {me}, {now}, {account}, 1, {choices}, {nothing}, {nothing} FROM {numbers}"
        ),
        format!(
            "INSERT INTO contacts (owner_id, contact_id, added_at) \
             SELECT {me}, {next}, {now} FROM {numbers} \
             UNION ALL SELECT {next}, {me}, {now} FROM {numbers} \
             UNION ALL SELECT {me}, {after_next}, {now} FROM {numbers}",
            next = neighbour(1),
            after_next = neighbour(2),
        ),
        format!(
            "INSERT INTO follows SELECT {accepted}, {me}, {next}, 'accepted', {now}, {now} FROM {numbers} \
             UNION ALL SELECT {asked}, {me}, {other}, 'pending', {now}, NULL FROM {numbers}",
            accepted = (dialect.ordered_id)("n"),
            asked = (dialect.ordered_id)(&format!("(n + {count})")),
            next = neighbour(1),
            other = neighbour(3),
        ),
        // Each has one follower, follows one and was asked by one.
        format!("INSERT INTO follow_counts SELECT {me}, 1, 1, 1 FROM {numbers}"),
        format!(
            "INSERT INTO blocks SELECT {me}, {other}, {now} FROM {numbers} WHERE n % 10 = 0",
            other = neighbour(5),
        ),
    ]
}
