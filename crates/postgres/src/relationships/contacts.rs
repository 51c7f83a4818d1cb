//! Users' contacts.

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::contacts::ContactStore;
use privet_application::relationships::{Added, ListQuery};
use privet_database::contact_queries;
use privet_domain::contacts::Contact;
use privet_domain::{Pair, Timestamp};

use crate::PostgresStore;
use crate::locks::hold_existence;

#[async_trait]
impl ContactStore for PostgresStore {
    async fn add_contact(&self, pair: Pair, now: Timestamp) -> Result<Added<Contact>, StoreError> {
        let added = self
            .executor
            .write(move |connection| {
                connection.transaction(|connection| {
                    hold_existence(connection, pair)?;
                    add_contact(connection, pair, now)
                })
            })
            .await?;
        Ok(added.map(Contact::from))
    }

    async fn remove_contact(&self, pair: Pair) -> Result<bool, StoreError> {
        self.executor
            .write(move |connection| remove(connection, pair))
            .await
    }

    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError> {
        let row = self
            .executor
            .read(move |connection| find(connection, pair))
            .await?;
        Ok(row.map(Contact::from))
    }

    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError> {
        let query = *query;
        let rows = self
            .executor
            .read(move |connection| list(connection, &query))
            .await?;
        Ok(rows.into_iter().map(Contact::from).collect())
    }
}

contact_queries!(PgConnection);
