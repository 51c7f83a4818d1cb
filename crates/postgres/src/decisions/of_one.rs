//! Finds the facts about one user and thousands of others: a filter. The row of the one user is read and sent once. Lists
//! of the one user are read once, and each of the others is looked up in memory (a hashed subplan). That takes a third
//! of the time of a statement that looks up each pair.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Jsonb, Uuid};
use privet_application::rules::decisions::{Inquiry, Needs};
use privet_database::DbUuid;
use privet_database::rows::decisions::{FactsRow, FactsType, MOST_PAIRS, PartyRow};
use privet_domain::UserId;

/// Pairs of one user with many others, all with the same needs.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent needs, each true or false"
)]
pub(super) struct PairsOfOne {
    one: DbUuid,
    many: Vec<DbUuid>,
    /// Whether the many are the viewers of the one, or the subjects.
    are_viewers: bool,
    contacts: bool,
    /// Whether it is needed who of the many follows the one.
    many_follow: bool,
    /// Whether it is needed whom of the many the one follows.
    one_follows: bool,
    /// Whether the rows and exceptions of the many are needed.
    of_many: bool,
}

impl PairsOfOne {
    /// `None` for requests that the statement for any pairs answers. It also answers requests with few pairs, because
    /// the lists of the one user may be long.
    pub fn of(requests: &[&Vec<Inquiry>]) -> Option<Self> {
        let [inquiries] = requests else {
            return None;
        };
        let Inquiry { question, needs } = *inquiries.first()?;
        if inquiries.len() <= MOST_PAIRS || inquiries.iter().any(|it| it.needs != needs) {
            return None;
        }
        let mut pairs = inquiries.iter();
        if pairs.all(|it| it.question.subject == question.subject) {
            let viewers = inquiries.iter().map(|it| DbUuid::from(it.question.viewer));
            return Some(Self::of_viewers(question.subject, viewers.collect(), needs));
        }
        let mut pairs = inquiries.iter();
        if pairs.all(|it| it.question.viewer == question.viewer) {
            let subjects = inquiries.iter().map(|it| DbUuid::from(it.question.subject));
            return Some(Self::of_subjects(
                question.viewer,
                subjects.collect(),
                needs,
            ));
        }
        None
    }

    fn of_viewers(subject: UserId, viewers: Vec<DbUuid>, needs: Needs) -> Self {
        Self {
            one: subject.into(),
            many: viewers,
            are_viewers: true,
            contacts: needs.contacts,
            many_follow: needs.follows,
            one_follows: needs.followed,
            of_many: needs.viewer,
        }
    }

    fn of_subjects(viewer: UserId, subjects: Vec<DbUuid>, needs: Needs) -> Self {
        Self {
            one: viewer.into(),
            many: subjects,
            are_viewers: false,
            contacts: needs.contacts,
            many_follow: needs.followed,
            one_follows: needs.follows,
            of_many: true,
        }
    }

    /// The facts of each pair, in order.
    pub fn load(&self, connection: &mut PgConnection) -> QueryResult<Vec<FactsRow>> {
        let mut rows: Vec<FactsRow> = if self.are_viewers {
            AskForFacts::<true>(self).load(connection)?
        } else {
            AskForFacts::<false>(self).load(connection)?
        };
        if self.are_viewers {
            repeat(&mut rows, |row| &mut row.subject);
        } else {
            repeat(&mut rows, |row| &mut row.viewer);
        }
        Ok(rows)
    }
}

/// Copies the choices and cohorts of the one user, which only the first row has, to the other rows.
fn repeat(rows: &mut [FactsRow], of_one: impl Fn(&mut FactsRow) -> &mut PartyRow) {
    let Some((first, others)) = rows.split_first_mut() else {
        return;
    };
    let first = of_one(first);
    for row in others {
        let party = of_one(row);
        party.choices.clone_from(&first.choices);
        party.cohorts.clone_from(&first.cohorts);
    }
}

/// Asks for the facts. The many are viewers if `VIEWERS` is true, otherwise subjects.
struct AskForFacts<'a, const VIEWERS: bool>(&'a PairsOfOne);

// The text does not depend on the pairs: the statement is prepared once for each connection.
impl<const VIEWERS: bool> QueryId for AskForFacts<'_, VIEWERS> {
    type QueryId = AskForFacts<'static, VIEWERS>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const VIEWERS: bool> Query for AskForFacts<'_, VIEWERS> {
    type SqlType = FactsType<Jsonb>;
}

impl<const VIEWERS: bool> RunQueryDsl<PgConnection> for AskForFacts<'_, VIEWERS> {}

// PostgreSQL reads `IN (SELECT …)` once into a hash table if the query in it does not depend on the row, and if the
// planner expects a small table. Contacts, blocks and exceptions of a user are limited; other lists are read only if they
// are short, and LIMIT tells the planner so. Lookups have the forms that the statement for any pairs has, for the same
// reasons.

/// A user without a row may have exceptions.
const ONE: &str = "CASE WHEN asked.place = 1 THEN one.choices END, \
    CASE WHEN asked.place = 1 THEN one.cohorts END, \
    CASE WHEN COALESCE(one.has_exceptions, true) \
    AND asked.many IN (SELECT person_id FROM exceptions WHERE owner_id = given.one) \
    THEN (SELECT by_action FROM exceptions \
    WHERE owner_id = given.one AND person_id >= asked.many ORDER BY person_id LIMIT 1) END, ";

const MANY: &str = "many.choices, many.cohorts, \
    CASE WHEN given.of_many AND COALESCE(many.has_exceptions, true) \
    THEN (SELECT CASE WHEN person_id = given.one THEN by_action END FROM exceptions \
    WHERE owner_id = asked.many AND person_id >= given.one ORDER BY person_id LIMIT 1) END, ";

/// A user with a row is not erased, so that this lookup can be skipped.
const IS_ONE_ERASED: &str = "(many.choices IS NULL AND (SELECT true FROM erased_users \
    WHERE user_id = asked.many LIMIT 1) IS NOT NULL) \
    OR (one.choices IS NULL AND (SELECT true FROM erased_users \
    WHERE user_id = given.one LIMIT 1) IS NOT NULL), ";

const ONE_BLOCKED: &str =
    "asked.many IN (SELECT blocked_id FROM blocks WHERE blocker_id = given.one), ";

/// Few may have blocked the one user, or millions.
const MANY_BLOCKED: &str = "CASE WHEN (SELECT count(*) FROM \
    (SELECT FROM blocks WHERE blocked_id = given.one LIMIT 5000) AS counted) < 5000 \
    THEN asked.many IN (SELECT blocker_id FROM blocks WHERE blocked_id = given.one LIMIT 5000) \
    ELSE COALESCE((SELECT blocked_id FROM blocks \
    WHERE blocker_id = asked.many AND blocked_id >= given.one \
    ORDER BY blocked_id LIMIT 1) = given.one, false) END, ";

/// Whether a contact of the one user is a close friend; NULL if the other is not a contact.
const ONE_ADDED: &str = "CASE WHEN asked.many IN \
    (SELECT contact_id FROM contacts WHERE given.contacts AND owner_id = given.one) \
    THEN asked.many IN \
    (SELECT contact_id FROM contacts WHERE owner_id = given.one AND close_friend) END, ";

/// The same for the contacts of the many. If they are viewers, whose rows are not needed, and whom the one user did not
/// add, they are not mutual contacts, and their contacts are not read.
const MANY_ADDED: &str = "CASE WHEN NOT given.contacts THEN NULL \
    WHEN NOT (given.of_many OR asked.many IN \
    (SELECT contact_id FROM contacts WHERE owner_id = given.one)) THEN NULL \
    WHEN (SELECT count(*) FROM \
    (SELECT FROM contacts WHERE contact_id = given.one LIMIT 5000) AS counted) < 5000 \
    THEN CASE WHEN asked.many IN \
    (SELECT owner_id FROM contacts WHERE contact_id = given.one LIMIT 5000) \
    THEN asked.many IN \
    (SELECT owner_id FROM contacts WHERE contact_id = given.one AND close_friend LIMIT 5000) END \
    ELSE (SELECT CASE WHEN contact_id = given.one THEN close_friend END FROM contacts \
    WHERE owner_id = asked.many AND contact_id >= given.one ORDER BY contact_id LIMIT 1) END, ";

const ONE_FOLLOWS: &str = "CASE WHEN given.one_follows THEN \
    COALESCE((SELECT status = 'accepted' FROM follows \
    WHERE following_id = asked.many AND follower_id = given.one LIMIT 1), false) ELSE false END";

const MANY_FOLLOW: &str = "CASE WHEN given.many_follow THEN \
    COALESCE((SELECT status = 'accepted' FROM follows \
    WHERE following_id = given.one AND follower_id = asked.many LIMIT 1), false) ELSE false END";

const OF_VIEWERS: [&str; 9] = [
    ONE,
    MANY,
    IS_ONE_ERASED,
    ONE_BLOCKED,
    ONE_ADDED,
    ONE_FOLLOWS,
    ", ",
    MANY_ADDED,
    MANY_FOLLOW,
];

const OF_SUBJECTS: [&str; 9] = [
    MANY,
    ONE,
    IS_ONE_ERASED,
    MANY_BLOCKED,
    MANY_ADDED,
    MANY_FOLLOW,
    ", ",
    ONE_ADDED,
    ONE_FOLLOWS,
];

const ROW_OF_ONE: &str = " LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE user_id = given.one LIMIT 1) AS one ON true CROSS JOIN unnest(";

const ROWS_OF_MANY: &str = ") WITH ORDINALITY AS asked (many, place) \
    LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE given.of_many AND user_id = asked.many LIMIT 1) AS many ON true ORDER BY asked.place";

impl<const VIEWERS: bool> QueryFragment<Pg> for AskForFacts<'_, VIEWERS> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let pairs = self.0;
        out.push_sql("SELECT ");
        for part in if VIEWERS { OF_VIEWERS } else { OF_SUBJECTS } {
            out.push_sql(part);
        }
        out.push_sql(" FROM (SELECT ");
        out.push_bind_param::<Uuid, _>(&pairs.one)?;
        out.push_sql(" AS one");
        for (needed, name) in [
            (&pairs.contacts, " AS contacts"),
            (&pairs.many_follow, " AS many_follow"),
            (&pairs.one_follows, " AS one_follows"),
            (&pairs.of_many, " AS of_many"),
        ] {
            out.push_sql(", ");
            out.push_bind_param::<Bool, _>(needed)?;
            out.push_sql(name);
        }
        out.push_sql(") AS given");
        out.push_sql(ROW_OF_ONE);
        out.push_bind_param::<Array<Uuid>, _>(&pairs.many)?;
        out.push_sql(ROWS_OF_MANY);
        Ok(())
    }
}
