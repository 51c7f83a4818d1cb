//! Finds the facts for decisions. One statement, and so one snapshot, for all pairs. A distributed database has statements
//! of its own, in [`spread`].

mod of_one;
mod of_pairs;
mod spread;

use async_trait::async_trait;
use diesel::prelude::*;
use privet_application::StoreError;
use privet_application::rules::decisions::{DecisionStore, Inquiry, StoredFacts};
use privet_database::rows::decisions::{MOST_PAIRS, facts_of_each};
use privet_database::{Answers, Statement};

use crate::PostgresStore;
use crate::layout::KnownLayout;
use of_one::PairsOfOne;

#[async_trait]
impl DecisionStore for PostgresStore {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        self.facts.submit(inquiries.to_vec()).await
    }
}

/// Finds the facts about pairs.
pub(crate) struct Facts(pub KnownLayout);

impl Statement<PgConnection> for Facts {
    type Request = Vec<Inquiry>;
    type Answer = Vec<StoredFacts>;

    const NAME: &'static str = "facts";
    const MOST: usize = MOST_PAIRS;

    fn weight(inquiries: &Vec<Inquiry>) -> usize {
        inquiries.len()
    }

    fn run(
        &self,
        connection: &mut PgConnection,
        requests: &[&Vec<Inquiry>],
    ) -> QueryResult<Answers<Vec<StoredFacts>>> {
        if self.0.get().is_spread() {
            let rows = spread::load(connection, requests, &mut |_| {})?;
            return Ok(facts_of_each(requests, rows));
        }
        if let Some(pairs) = PairsOfOne::of(requests) {
            return Ok(facts_of_each(requests, pairs.load(connection)?));
        }
        Ok(facts_of_each(
            requests,
            of_pairs::load(connection, requests)?,
        ))
    }
}
