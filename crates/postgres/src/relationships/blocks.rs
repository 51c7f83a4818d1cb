//! Users' blocks.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::{Added, ListQuery};
use privet_application::user_events::UserEvent;
use privet_database::erasure::neither_is_being_erased;
use privet_database::lists::behind;
use privet_database::rows::blocks::BlockRow;
use privet_database::rows::follows::CountChanges;
use privet_database::rows::list_counts::BoundedList;
use privet_database::{DbTime, DbUuid};
use privet_domain::relationships::blocks::Block;
use privet_domain::{Pair, Timestamp};

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::hold_pair;
use crate::record::{Recorded, record};
use crate::relationships::effect::is_pair_in_effect;
use crate::relationships::follows::counts::change_counts;
use crate::relationships::follows::{delete_both_ways, is_any_shown, show_withheld};
use crate::relationships::list_counts::{lengthen, shorten};
use crate::schema::blocks;
use crate::tombstones::erased_party;

#[async_trait]
impl BlockStore for PostgresStore {
    async fn import_block(
        &self,
        pair: Pair,
        blocked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Block>, StoreError> {
        let layout = self.layout.clone();
        let add_block = move |connection: &mut PgConnection| {
            hold_pair(connection, pair, layout.get())?;
            add(connection, pair, blocked_at, now, layout.get())
        };
        let added = self
            .change_within_limits_in_effect(add_block, move |connection, added| {
                let is_seen = !matches!(added, Added::New(_)) || is_added(connection, pair)?;
                is_pair_in_effect(connection, pair, is_seen)
            })
            .await?;
        Ok(added.map_or(Added::LimitReached, |added| added.map(Block::from)))
    }

    async fn remove_block(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError> {
        let layout = self.layout.clone();
        let remove_block = move |connection: &mut PgConnection| {
            // While this transaction holds the lock, no request is created that the block would withhold.
            hold_pair(connection, pair, layout.get())?;
            remove(connection, pair, now)
        };
        self.change_in_effect(remove_block, move |connection, was_there| {
            let is_seen = !was_there || find(connection, pair)?.is_none();
            is_pair_in_effect(connection, pair, is_seen)
        })
        .await
    }

    async fn find_block(&self, pair: Pair) -> Result<Option<Block>, StoreError> {
        let row = self
            .executor
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(Block::from))
    }

    async fn list_blocks(&self, query: &ListQuery) -> Result<Vec<Block>, StoreError> {
        let query = *query;
        let rows = self
            .executor
            .read(move |connection| list(connection, &query))
            .await?;
        Ok(rows.into_iter().map(Block::from).collect())
    }
}

fn add(
    connection: &mut PgConnection,
    pair: Pair,
    blocked_at: Timestamp,
    now: Timestamp,
    layout: Layout,
) -> QueryResult<Recorded<Added<BlockRow>>> {
    if let Some(party) = erased_party(connection, pair, layout)? {
        return Ok(Recorded::unchanged(Added::Erased(party)));
    }
    let (row, is_new) = insert_and_find(connection, pair, blocked_at)?;
    if !is_new {
        // Creating the block has ended the follows. Since then only withheld requests can have been created.
        return Ok(Recorded::unchanged(Added::Stood(row)));
    }
    let ended = delete_both_ways(connection, pair)?;
    let mut events = vec![UserEvent::blocks(pair, now)];
    for follow in &ended {
        events.extend(UserEvent::follows(follow, pair.actor(), now));
    }
    let recorded = record(connection, &events)?;
    lengthen(connection, pair.actor(), BoundedList::Blocks)?;
    change_counts(connection, &CountChanges::ended(&ended))?;
    Ok(recorded.map(|()| Added::New(row)))
}

/// Inserts the block. Returns whether it is new.
fn insert(connection: &mut PgConnection, pair: Pair, blocked_at: Timestamp) -> QueryResult<bool> {
    let added = diesel::insert_into(blocks::table)
        .values((
            blocks::blocker_id.eq(DbUuid::from(pair.actor())),
            blocks::blocked_id.eq(DbUuid::from(pair.other())),
            blocks::blocked_at.eq(DbTime(blocked_at)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(added == 1)
}

/// Inserts the block if there is none. Returns the row, and whether it is new.
fn insert_and_find(
    connection: &mut PgConnection,
    pair: Pair,
    blocked_at: Timestamp,
) -> QueryResult<(BlockRow, bool)> {
    loop {
        let is_new = insert(connection, pair, blocked_at)?;
        // An existing row may be deleted in between. Then the block is inserted by the next attempt.
        if let Some(row) = find(connection, pair)? {
            return Ok((row, is_new));
        }
    }
}

/// Whether a new block is seen, and no follow that it has ended.
fn is_added(connection: &mut PgConnection, pair: Pair) -> QueryResult<bool> {
    let is_there = find(connection, pair)?.is_some();
    Ok(is_there && !is_any_shown(connection, pair)?)
}

/// Deletes the block. Returns whether there was one.
fn remove(
    connection: &mut PgConnection,
    pair: Pair,
    now: Timestamp,
) -> QueryResult<Recorded<bool>> {
    let row = blocks::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            blocks::blocker_id,
            blocks::blocked_id,
        ));
    let removed = diesel::delete(row).execute(connection)?;
    if removed == 0 {
        return Ok(Recorded::unchanged(false));
    }
    let request = show_withheld(connection, pair)?;
    let mut events = vec![UserEvent::blocks(pair, now)];
    events.extend(request.iter().map(|it| UserEvent::request_shown(it, now)));
    let recorded = record(connection, &events)?;
    shorten(connection, pair.actor(), BoundedList::Blocks)?;
    if let Some(request) = request {
        change_counts(connection, &CountChanges::shown(&request))?;
    }
    Ok(recorded.map(|()| true))
}

fn find(connection: &mut PgConnection, pair: Pair) -> QueryResult<Option<BlockRow>> {
    blocks::table
        .find(key(pair))
        .filter(neither_is_being_erased(
            blocks::blocker_id,
            blocks::blocked_id,
        ))
        .select((blocks::blocked_id, blocks::blocked_at))
        .first(connection)
        .optional()
}

fn list(connection: &mut PgConnection, query: &ListQuery) -> QueryResult<Vec<BlockRow>> {
    let mut rows = blocks::table
        .filter(blocks::blocker_id.eq(DbUuid::from(query.owner)))
        .filter(neither_is_being_erased(
            blocks::blocker_id,
            blocks::blocked_id,
        ))
        .select((blocks::blocked_id, blocks::blocked_at))
        .order((blocks::blocked_at.desc(), blocks::blocked_id.desc()))
        .limit(query.limit.into())
        .into_boxed();
    if let Some(position) = query.behind {
        rows = rows.filter(behind(blocks::blocked_at, blocks::blocked_id, position));
    }
    rows.load(connection)
}

fn key(pair: Pair) -> (DbUuid, DbUuid) {
    (pair.actor().into(), pair.other().into())
}
