//! One side of pairs: what one user stored about the other. On a distributed database all of it is on the node of that
//! user, and one statement reads it from one snapshot.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Uuid};
use privet_application::rules::decisions::Inquiry;
use privet_database::rows::decisions::PartyRow;
use privet_database::{DbChoices, DbCohorts, DbExceptions, DbUuid};
use privet_domain::UserId;

/// One user of a pair, and what to read about the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    owner: UserId,
    other: UserId,
    /// Whether to read the owner's choices and cohorts, and the owner's exceptions and blocks.
    settings: bool,
    /// Whether to read if the owner added the other as a contact.
    contacts: bool,
    /// Whether to read if the other follows the owner.
    followers: bool,
}

impl Part {
    pub fn of_viewer(inquiry: &Inquiry) -> Self {
        let Inquiry { question, needs } = inquiry;
        Self {
            owner: question.viewer,
            other: question.subject,
            settings: needs.viewer,
            contacts: needs.contacts,
            followers: needs.followed,
        }
    }

    pub fn of_subject(inquiry: &Inquiry) -> Self {
        let Inquiry { question, needs } = inquiry;
        Self {
            owner: question.subject,
            other: question.viewer,
            settings: true,
            contacts: needs.contacts,
            followers: needs.follows,
        }
    }

    /// Only whether the owner added the other as a contact.
    pub fn of_contact(owner: UserId, other: UserId) -> Self {
        Self {
            owner,
            other,
            settings: false,
            contacts: true,
            followers: false,
        }
    }

    fn is_needed(&self) -> bool {
        self.settings || self.contacts || self.followers
    }
}

/// The sides of many pairs, each from one snapshot. The snapshots of different users may differ.
#[derive(Debug, Default)]
pub(crate) struct Look {
    own: HashMap<UserId, OwnRow>,
    about: HashMap<(UserId, UserId), About>,
}

/// What a user chose.
#[derive(Debug, PartialEq)]
struct OwnRow {
    choices: DbChoices,
    cohorts: DbCohorts,
    revision: i64,
}

/// What a user stored about another one.
#[derive(Debug, Default)]
struct About {
    exceptions: Option<DbExceptions>,
    has_blocked: bool,
    /// Whether the contact is a close friend, and when it was added.
    contact: Option<String>,
    /// The status of the other's follow or request, and its id.
    follow: Option<String>,
}

impl Look {
    /// Reads these parts. Without parts it sends no statement.
    pub fn take(connection: &mut PgConnection, parts: &[Part]) -> QueryResult<Self> {
        let mut look = Self::default();
        let mut left: Vec<Part> = parts.iter().copied().filter(Part::is_needed).collect();
        let statements: [fn() -> String; 2] = [of_users_with_rows, of_users_without_rows];
        for sql in statements {
            if left.is_empty() {
                break;
            }
            let found = look.add(load(connection, sql(), &left)?);
            left.retain(|part| !found.contains(&part.owner));
        }
        Ok(look)
    }

    /// Returns the owners of the rows.
    fn add(&mut self, rows: Vec<SideRow>) -> HashSet<UserId> {
        let mut owners = HashSet::new();
        for row in rows {
            let owner = UserId::from_uuid(row.owner.0);
            owners.insert(owner);
            if let (Some(choices), Some(cohorts), Some(revision)) =
                (row.choices, row.cohorts, row.revision)
            {
                let own = OwnRow {
                    choices,
                    cohorts,
                    revision,
                };
                self.own.insert(owner, own);
            }
            let Some(other) = row.other else {
                continue;
            };
            let key = (owner, UserId::from_uuid(other.0));
            let about = self.about.entry(key).or_default();
            about.exceptions = about.exceptions.take().or(row.exceptions);
            about.has_blocked |= row.has_blocked;
            about.contact = about.contact.take().or(row.contact);
            about.follow = about.follow.take().or(row.follow);
        }
        owners
    }

    /// What this part asks for.
    pub fn side(&self, part: Part) -> Side<'_> {
        let about = self.about.get(&(part.owner, part.other));
        let of_settings = about.filter(|_| part.settings);
        let of_contacts = about.filter(|_| part.contacts);
        let of_followers = about.filter(|_| part.followers);
        Side {
            own: self.own.get(&part.owner).filter(|_| part.settings),
            exceptions: of_settings.and_then(|about| about.exceptions.as_ref()),
            has_blocked: of_settings.is_some_and(|about| about.has_blocked),
            contact: of_contacts.and_then(|about| about.contact.as_deref()),
            follow: of_followers.and_then(|about| about.follow.as_deref()),
        }
    }
}

/// One side of a pair. Two of them are equal if nothing changed in between.
#[derive(Debug, PartialEq)]
pub(crate) struct Side<'a> {
    own: Option<&'a OwnRow>,
    exceptions: Option<&'a DbExceptions>,
    has_blocked: bool,
    contact: Option<&'a str>,
    follow: Option<&'a str>,
}

impl Side<'_> {
    pub fn party(&self) -> PartyRow {
        PartyRow {
            choices: self.own.map(|row| row.choices.clone()),
            cohorts: self.own.map(|row| row.cohorts.clone()),
            exceptions: self.exceptions.cloned(),
        }
    }

    pub fn has_blocked(&self) -> bool {
        self.has_blocked
    }

    /// Whether the other is marked as a close friend; `None` if the other is not a contact.
    pub fn close_friend(&self) -> Option<bool> {
        self.contact.map(|contact| contact.starts_with("true"))
    }

    /// Whether the other is an accepted follower.
    pub fn is_followed(&self) -> bool {
        let follow = self.follow;
        follow.is_some_and(|follow| follow.starts_with("accepted"))
    }
}

#[derive(QueryableByName)]
struct SideRow {
    #[diesel(sql_type = Uuid)]
    owner: DbUuid,
    /// `None` in a row that has only what the owner chose.
    #[diesel(sql_type = Nullable<Uuid>)]
    other: Option<DbUuid>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    choices: Option<DbChoices>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    cohorts: Option<DbCohorts>,
    #[diesel(sql_type = Nullable<BigInt>)]
    revision: Option<i64>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    exceptions: Option<DbExceptions>,
    #[diesel(sql_type = Bool)]
    has_blocked: bool,
    #[diesel(sql_type = Nullable<Text>)]
    contact: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    follow: Option<String>,
}

// A distributed database executes a function in FROM where the rows are only if it has an ordinality; otherwise it
// executes it first and sends its rows to all nodes. `= ANY ($7)` restricts the statement to the nodes of these users.

/// `own_row` is true once for each owner, so that a row with large choices is not sent for each pair.
const ASKED: &str = "unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY \
    AS asked (owner, other, settings, own_row, contacts, followers, place)";

const CONTACT: &str = "close_friend::text || ' ' || extract(epoch FROM added_at)::text";

const FOLLOW: &str = "status || ' ' || id::text";

/// A distributed database refuses LEFT JOIN here. It executes subqueries where the rows are if they compare with the id
/// of the row of `users`. They have the forms that the statement for one database has, for the same reasons.
fn of_users_with_rows() -> String {
    format!(
        "SELECT users.user_id AS owner, asked.other AS other, \
         CASE WHEN asked.own_row THEN users.choices END AS choices, \
         CASE WHEN asked.own_row THEN users.cohorts END AS cohorts, \
         CASE WHEN asked.own_row THEN users.revision END AS revision, \
         CASE WHEN asked.settings AND users.has_exceptions THEN \
         (SELECT CASE WHEN person_id = asked.other THEN by_action END FROM exceptions \
         WHERE owner_id = users.user_id AND person_id >= asked.other \
         ORDER BY person_id LIMIT 1) END AS exceptions, \
         CASE WHEN asked.settings THEN COALESCE((SELECT blocked_id FROM blocks \
         WHERE blocker_id = users.user_id AND blocked_id >= asked.other \
         ORDER BY blocked_id LIMIT 1) = asked.other, false) ELSE false END AS has_blocked, \
         CASE WHEN asked.contacts THEN \
         (SELECT CASE WHEN contact_id = asked.other THEN {CONTACT} END FROM contacts \
         WHERE owner_id = users.user_id AND contact_id >= asked.other \
         ORDER BY contact_id LIMIT 1) END AS contact, \
         CASE WHEN asked.followers THEN (SELECT {FOLLOW} FROM follows \
         WHERE following_id = users.user_id AND follower_id = asked.other LIMIT 1) END AS follow \
         FROM {ASKED} JOIN users ON users.user_id = asked.owner WHERE users.user_id = ANY ($7)"
    )
}

/// Users may have relationships before they have a row. The row of a user who got one in the meantime is read as well:
/// it is of the same snapshot as the rest. The id of the owner is the first column of each part, so that the parts are
/// executed together where the rows are.
fn of_users_without_rows() -> String {
    format!(
        "SELECT found.* FROM (SELECT users.user_id AS owner, NULL::uuid AS other, choices, cohorts, \
         revision, NULL::jsonb AS exceptions, false AS has_blocked, NULL::text AS contact, \
         NULL::text AS follow FROM users WHERE users.user_id = ANY ($7) \
         UNION ALL \
         SELECT exceptions.owner_id, exceptions.person_id, NULL::jsonb, NULL::jsonb, NULL::bigint, \
         by_action, false, NULL::text, NULL::text FROM {ASKED} JOIN exceptions \
         ON exceptions.owner_id = asked.owner AND exceptions.person_id = asked.other \
         WHERE asked.settings AND exceptions.owner_id = ANY ($7) \
         UNION ALL \
         SELECT blocks.blocker_id, blocks.blocked_id, NULL::jsonb, NULL::jsonb, NULL::bigint, \
         NULL::jsonb, true, NULL::text, NULL::text FROM {ASKED} JOIN blocks \
         ON blocks.blocker_id = asked.owner AND blocks.blocked_id = asked.other \
         WHERE asked.settings AND blocks.blocker_id = ANY ($7) \
         UNION ALL \
         SELECT contacts.owner_id, contacts.contact_id, NULL::jsonb, NULL::jsonb, NULL::bigint, \
         NULL::jsonb, false, {CONTACT}, NULL::text FROM {ASKED} JOIN contacts \
         ON contacts.owner_id = asked.owner AND contacts.contact_id = asked.other \
         WHERE asked.contacts AND contacts.owner_id = ANY ($7) \
         UNION ALL \
         SELECT follows.following_id, follows.follower_id, NULL::jsonb, NULL::jsonb, NULL::bigint, \
         NULL::jsonb, false, NULL::text, {FOLLOW} FROM {ASKED} JOIN follows \
         ON follows.following_id = asked.owner AND follows.follower_id = asked.other \
         WHERE asked.followers AND follows.following_id = ANY ($7)) AS found"
    )
}

/// Executes one of the two statements.
fn load(connection: &mut PgConnection, sql: String, parts: &[Part]) -> QueryResult<Vec<SideRow>> {
    let ids = |of: fn(&Part) -> UserId| -> Vec<DbUuid> {
        parts.iter().map(|part| DbUuid::from(of(part))).collect()
    };
    let flags = |of: fn(&Part) -> bool| -> Vec<bool> { parts.iter().map(of).collect() };
    let mut known = HashSet::new();
    let own_rows = parts
        .iter()
        .map(|part| part.settings && known.insert(part.owner));
    let own_rows: Vec<bool> = own_rows.collect();
    let distinct: HashSet<UserId> = parts.iter().map(|part| part.owner).collect();
    let distinct: Vec<DbUuid> = distinct.into_iter().map(DbUuid::from).collect();
    diesel::sql_query(sql)
        .bind::<Array<Uuid>, _>(ids(|part| part.owner))
        .bind::<Array<Uuid>, _>(ids(|part| part.other))
        .bind::<Array<Bool>, _>(flags(|part| part.settings))
        .bind::<Array<Bool>, _>(own_rows)
        .bind::<Array<Bool>, _>(flags(|part| part.contacts))
        .bind::<Array<Bool>, _>(flags(|part| part.followers))
        .bind::<Array<Uuid>, _>(distinct)
        .load(connection)
}
