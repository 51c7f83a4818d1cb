//! Import of many contacts in a few statements.

mod spread;

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, Bool, Integer, Timestamptz, Uuid};
use privet_application::transfer::{ContactBatch, ImportedContact, Made};
use privet_application::user_events::UserEvent;
use privet_database::{DbTime, DbUuid};
use privet_domain::relationships::contacts::MOST_CONTACTS;
use privet_domain::{Pair, UserId};

use crate::layout::Layout;
use crate::record::{Recorded, record};
use crate::tombstones::erased_among;

/// Stores contacts. Rolls the transaction back if a list would be longer than it may be.
///
/// The caller MUST prevent other transactions from erasing users until the transaction ends.
pub(crate) fn import_contacts(
    connection: &mut PgConnection,
    batch: &ContactBatch,
    layout: Layout,
) -> QueryResult<Recorded<Vec<Made>>> {
    let erased = erased_among(connection, batch.contacts.iter().map(|it| it.pair))?;
    let is_here = |contact: &&ImportedContact| {
        let pair = contact.pair;
        !erased.contains(&pair.actor()) && !erased.contains(&pair.other())
    };
    let here: Vec<_> = batch.contacts.iter().filter(is_here).collect();
    let new = if layout.is_spread() {
        spread::insert(connection, &here)?
    } else {
        insert(connection, &here)?
    };
    let changed = if batch.overwrites {
        mark(connection, &here, &new, layout)?
    } else {
        HashSet::new()
    };
    let events = new.iter().chain(&changed);
    let events: Vec<_> = events
        .map(|pair| UserEvent::contacts(*pair, batch.now))
        .collect();
    let recorded = record(connection, &events)?;
    lengthen(connection, &new, layout)?;
    let made = batch.contacts.iter().map(|contact| match contact.pair {
        pair if new.contains(&pair) => Made::Created,
        pair if changed.contains(&pair) => Made::Changed,
        _ if is_here(&contact) => Made::Unchanged,
        _ => Made::Skipped,
    });
    let made = made.collect();
    Ok(recorded.map(|()| made))
}

#[derive(QueryableByName)]
struct PairRow {
    #[diesel(sql_type = Uuid)]
    owner_id: DbUuid,
    #[diesel(sql_type = Uuid)]
    contact_id: DbUuid,
}

fn pairs(rows: Vec<PairRow>) -> HashSet<Pair> {
    let pair = |row: PairRow| {
        let (owner, contact) = (row.owner_id.0, row.contact_id.0);
        Pair::new(UserId::from_uuid(owner), UserId::from_uuid(contact)).ok()
    };
    rows.into_iter().filter_map(pair).collect()
}

fn ids(contacts: &[&ImportedContact], of: fn(Pair) -> UserId) -> Vec<DbUuid> {
    contacts.iter().map(|it| of(it.pair).into()).collect()
}

/// Inserts the contacts that are not there. Returns them.
fn insert(
    connection: &mut PgConnection,
    contacts: &[&ImportedContact],
) -> QueryResult<HashSet<Pair>> {
    let times: Vec<_> = contacts.iter().map(|it| DbTime(it.added_at)).collect();
    let marks: Vec<_> = contacts
        .iter()
        .map(|it| it.close_friend.unwrap_or_default())
        .collect();
    let rows = diesel::sql_query(
        "INSERT INTO contacts (owner_id, contact_id, added_at, close_friend) \
         SELECT line.* FROM unnest($1, $2, $3, $4) AS line (owner_id, contact_id, added_at, close_friend) \
         ORDER BY line.owner_id, line.contact_id \
         ON CONFLICT (owner_id, contact_id) DO NOTHING RETURNING owner_id, contact_id",
    )
    .bind::<Array<Uuid>, _>(ids(contacts, Pair::actor))
    .bind::<Array<Uuid>, _>(ids(contacts, Pair::other))
    .bind::<Array<Timestamptz>, _>(times)
    .bind::<Array<Bool>, _>(marks)
    .load(connection)?;
    Ok(pairs(rows))
}

/// Sets the mark of contacts that were there. Returns those whose mark changed.
fn mark(
    connection: &mut PgConnection,
    contacts: &[&ImportedContact],
    new: &HashSet<Pair>,
    layout: Layout,
) -> QueryResult<HashSet<Pair>> {
    let was_there = contacts.iter().filter(|it| !new.contains(&it.pair));
    let marked: Vec<_> = was_there
        .filter_map(|it| Some((*it, it.close_friend?)))
        .collect();
    if layout.is_spread() {
        return spread::mark(connection, &marked);
    }
    let contacts: Vec<_> = marked.iter().map(|(it, _)| *it).collect();
    let marks: Vec<_> = marked.iter().map(|(_, mark)| *mark).collect();
    let rows = diesel::sql_query(
        "UPDATE contacts SET close_friend = line.close_friend \
         FROM unnest($1, $2, $3) AS line (owner_id, contact_id, close_friend) \
         WHERE contacts.owner_id = line.owner_id AND contacts.contact_id = line.contact_id \
         AND contacts.close_friend <> line.close_friend \
         RETURNING contacts.owner_id, contacts.contact_id",
    )
    .bind::<Array<Uuid>, _>(ids(&contacts, Pair::actor))
    .bind::<Array<Uuid>, _>(ids(&contacts, Pair::other))
    .bind::<Array<Bool>, _>(marks)
    .load(connection)?;
    Ok(pairs(rows))
}

#[derive(QueryableByName)]
struct Length {
    #[diesel(sql_type = Integer)]
    contacts: i32,
}

/// Adds the new contacts to the lengths of the lists, in the order of the keys.
fn lengthen(connection: &mut PgConnection, new: &HashSet<Pair>, layout: Layout) -> QueryResult<()> {
    let mut added: BTreeMap<UserId, i32> = BTreeMap::new();
    for pair in new {
        *added.entry(pair.actor()).or_default() += 1;
    }
    let (owners, numbers): (Vec<DbUuid>, Vec<i32>) = added
        .into_iter()
        .map(|(owner, number)| (DbUuid::from(owner), number))
        .unzip();
    let lengths = if layout.is_spread() {
        spread::lengthen(connection, &owners, &numbers)?
    } else {
        add_lengths(connection, owners, numbers)?
    };
    let is_too_long = |length: &i32| i64::from(*length) > i64::from(MOST_CONTACTS);
    if lengths.iter().any(is_too_long) {
        return Err(Error::RollbackTransaction);
    }
    Ok(())
}

/// Returns the new lengths.
fn add_lengths(
    connection: &mut PgConnection,
    owners: Vec<DbUuid>,
    numbers: Vec<i32>,
) -> QueryResult<Vec<i32>> {
    let lengths: Vec<Length> = diesel::sql_query(
        "INSERT INTO list_counts (user_id, contacts, blocks, exceptions) \
         SELECT line.user_id, line.number, 0, 0 FROM unnest($1, $2) AS line (user_id, number) \
         ORDER BY line.user_id \
         ON CONFLICT (user_id) DO UPDATE SET contacts = list_counts.contacts + excluded.contacts \
         RETURNING contacts",
    )
    .bind::<Array<Uuid>, _>(owners)
    .bind::<Array<Integer>, _>(numbers)
    .load(connection)?;
    Ok(lengths.into_iter().map(|length| length.contacts).collect())
}
