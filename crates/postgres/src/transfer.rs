//! Import of many relationships at once, and everything in the order of the keys.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::transfer::{ContactBatch, FollowBatch, Made, PairKey, TransferStore};
use privet_database::DbUuid;
use privet_database::erasure::users as user_ids;
use privet_database::lists::behind_key;
use privet_database::rows::transfer::{self, after_pair, after_user};
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::settings::user::User;
use privet_domain::transfer::{BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine};
use privet_domain::{Pair, Timestamp, UserId};

use crate::PostgresStore;
use crate::layout::Layout;
use crate::locks::{hold_existence_of_all, hold_pair, lock_imports};
use crate::relationships::contacts::import_contacts;
use crate::relationships::follows::{accept_request, import_follows};
use crate::relationships::shown::are_shown;
use crate::schema::{blocks, contacts, erased_users, exceptions, follows, users};

/// The maximum number of ids in a statement.
const MOST_IDS: usize = 1_000;

#[async_trait]
impl TransferStore for PostgresStore {
    async fn import_contacts(&self, batch: &ContactBatch) -> Result<Option<Vec<Made>>, StoreError> {
        let (batch, layout) = (batch.clone(), self.layout.clone());
        self.change_within_limits(move |connection| {
            let pairs = batch.contacts.iter().map(|contact| contact.pair);
            hold_off_others(connection, pairs, layout.get())?;
            import_contacts(connection, &batch, layout.get())
        })
        .await
    }

    async fn import_follows(&self, batch: &FollowBatch) -> Result<Vec<Made>, StoreError> {
        let (insert, layout) = (batch.clone(), self.layout.clone());
        let mut made = self
            .change(move |connection| {
                let follows = insert.follows.iter();
                let pairs =
                    follows.filter_map(|it| Pair::new(it.follower_id, it.following_id).ok());
                hold_off_others(connection, pairs, layout.get())?;
                import_follows(connection, &insert, layout.get())
            })
            .await?;
        if batch.overwrites {
            for (made, follow) in made.iter_mut().zip(&batch.follows) {
                let may_change =
                    *made == Made::Unchanged && follow.status == FollowStatus::Accepted;
                if may_change && self.accept_existing(follow, batch.now).await? {
                    *made = Made::Changed;
                }
            }
        }
        Ok(made)
    }

    async fn erased_among(&self, users: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
        let mut erased = HashSet::new();
        for some in users.chunks(MOST_IDS) {
            let ids: Vec<DbUuid> = some.iter().copied().map(DbUuid::from).collect();
            let found: Vec<DbUuid> = self
                .executor
                .read(move |connection| {
                    erased_users::table
                        .filter(erased_users::user_id.eq_any(&ids))
                        .select(erased_users::user_id)
                        .load(connection)
                })
                .await?;
            erased.extend(user_ids(found));
        }
        Ok(erased)
    }

    async fn users_after(&self, after: Option<UserId>, most: u32) -> Result<Vec<User>, StoreError> {
        let after = after_user(after);
        let rows = self
            .executor
            .read(move |connection| {
                users::table
                    .filter(users::user_id.gt(after))
                    .order(users::user_id)
                    .limit(most.into())
                    .select((
                        users::user_id,
                        users::created_at,
                        users::account_id,
                        users::revision,
                        users::choices,
                        users::preferences,
                        users::cohorts,
                        users::versions,
                    ))
                    .load(connection)
            })
            .await?;
        transfer::users(rows)
    }

    async fn contacts_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ContactLine>, StoreError> {
        let (after, layout) = (after_pair(after), self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| {
                contacts::table
                    .filter(behind_key(contacts::owner_id, contacts::contact_id, after))
                    .filter(are_shown(
                        contacts::owner_id,
                        contacts::contact_id,
                        layout.get(),
                    ))
                    .order((contacts::owner_id, contacts::contact_id))
                    .limit(most.into())
                    .select((
                        (contacts::owner_id, contacts::contact_id),
                        contacts::added_at,
                        contacts::close_friend,
                    ))
                    .load(connection)
            })
            .await?;
        transfer::contacts(rows)
    }

    async fn blocks_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<BlockLine>, StoreError> {
        let (after, layout) = (after_pair(after), self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| {
                blocks::table
                    .filter(behind_key(blocks::blocker_id, blocks::blocked_id, after))
                    .filter(are_shown(
                        blocks::blocker_id,
                        blocks::blocked_id,
                        layout.get(),
                    ))
                    .order((blocks::blocker_id, blocks::blocked_id))
                    .limit(most.into())
                    .select(((blocks::blocker_id, blocks::blocked_id), blocks::blocked_at))
                    .load(connection)
            })
            .await?;
        transfer::blocks(rows)
    }

    async fn exceptions_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ExceptionLine>, StoreError> {
        let (after, layout) = (after_pair(after), self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| {
                exceptions::table
                    .filter(behind_key(
                        exceptions::owner_id,
                        exceptions::person_id,
                        after,
                    ))
                    .filter(are_shown(
                        exceptions::owner_id,
                        exceptions::person_id,
                        layout.get(),
                    ))
                    .order((exceptions::owner_id, exceptions::person_id))
                    .limit(most.into())
                    .select((
                        (exceptions::owner_id, exceptions::person_id),
                        exceptions::by_action,
                    ))
                    .load(connection)
            })
            .await?;
        transfer::exceptions(rows)
    }

    async fn follows_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<FollowLine>, StoreError> {
        let (after, layout) = (after_pair(after), self.layout.clone());
        let rows = self
            .executor
            .read(move |connection| {
                follows::table
                    .filter(behind_key(
                        follows::following_id,
                        follows::follower_id,
                        after,
                    ))
                    .filter(are_shown(
                        follows::following_id,
                        follows::follower_id,
                        layout.get(),
                    ))
                    .order((follows::following_id, follows::follower_id))
                    .limit(most.into())
                    .select((
                        (follows::follower_id, follows::following_id),
                        follows::status,
                        follows::created_at,
                    ))
                    .load(connection)
            })
            .await?;
        transfer::follows(rows)
    }

    async fn erased_after(
        &self,
        after: Option<UserId>,
        most: u32,
    ) -> Result<Vec<ErasedLine>, StoreError> {
        let after = after_user(after);
        let rows = self
            .executor
            .read(move |connection| {
                erased_users::table
                    .filter(erased_users::user_id.gt(after))
                    .order(erased_users::user_id)
                    .limit(most.into())
                    .load(connection)
            })
            .await?;
        Ok(transfer::erased(rows))
    }
}

impl PostgresStore {
    /// Accepts the request that a line says is accepted, if there is one. Returns whether there was.
    async fn accept_existing(&self, follow: &Follow, now: Timestamp) -> Result<bool, StoreError> {
        match Pair::new(follow.follower_id, follow.following_id) {
            Ok(pair) => {
                let layout = self.layout.clone();
                self.change(move |connection| {
                    hold_pair(connection, pair, layout.get())?;
                    accept_request(connection, pair, now)
                })
                .await
            }
            Err(_) => Ok(false),
        }
    }
}

/// Prevents other transactions from erasing these users, from changing blocks and follows, and from importing.
fn hold_off_others(
    connection: &mut PgConnection,
    pairs: impl Iterator<Item = Pair>,
    layout: Layout,
) -> QueryResult<()> {
    lock_imports(connection)?;
    if layout.is_spread() {
        let users = pairs.flat_map(|pair| [pair.actor(), pair.other()]);
        let users: HashSet<UserId> = users.collect();
        let users: Vec<DbUuid> = users.into_iter().map(DbUuid::from).collect();
        hold_existence_of_all(connection, &users, layout)?;
    }
    Ok(())
}
