//! Exceptions.

use async_trait::async_trait;
use privet_domain::relationships::exceptions::{
    Exceptions, MOST_PEOPLE_WITH_EXCEPTIONS, PersonWithExceptions,
};
use privet_domain::{Pair, Timestamp};

use super::position;
use crate::StoreError;
use crate::fakes::FakeStore;
use crate::fakes::state::{State, part};
use crate::relationships::exceptions::ExceptionStore;
use crate::relationships::{Added, ListQuery};

#[async_trait]
impl ExceptionStore for FakeStore {
    async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
        now: Timestamp,
    ) -> Result<Added<PersonWithExceptions>, StoreError> {
        let mut state = self.state()?;
        if let Some(party) = state.erased_party(pair) {
            return Ok(Added::Erased(party));
        }
        let before = state.person(pair);
        let is_full =
            State::owned(&state.exceptions, pair.actor()) >= MOST_PEOPLE_WITH_EXCEPTIONS as usize;
        if before.is_none() && is_full {
            return Ok(Added::LimitReached);
        }
        let same = before.as_ref().filter(|it| it.exceptions == *exceptions);
        if same.is_none() {
            state.exceptions.insert(pair, (exceptions.clone(), now));
        }
        let person = state.person(pair).unwrap();
        Ok(match before {
            None => Added::New(person),
            Some(_) => Added::Stood(person),
        })
    }

    async fn remove_exceptions(&self, pair: Pair, _: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        Ok(state.person(pair).is_some() && state.exceptions.remove(&pair).is_some())
    }

    async fn find_exceptions(
        &self,
        pair: Pair,
    ) -> Result<Option<PersonWithExceptions>, StoreError> {
        Ok(self.state()?.person(pair))
    }

    async fn list_exceptions(
        &self,
        query: &ListQuery,
        action: Option<&str>,
    ) -> Result<Vec<PersonWithExceptions>, StoreError> {
        let state = self.state()?;
        let pairs = state.exceptions.keys();
        let owned = pairs.filter(|pair| pair.actor() == query.owner);
        let people = owned.filter_map(|pair| state.person(*pair));
        let people =
            people.filter(|it| action.is_none_or(|action| it.exceptions.get(action).is_some()));
        let people = people.map(|it| (position(it.updated_at, it.user_id), it));
        Ok(part(people, query))
    }
}
