//! Users, pairs, times and callers.

use privet_domain::{Pair, RequestId, Timestamp, UserId};
use uuid::Uuid;

use crate::{Caller, Scopes};

/// The user of that number.
pub const fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

/// Two users by their numbers, of whom the first one acts.
pub fn pair(actor: u128, other: u128) -> Pair {
    Pair::new(user(actor), user(other)).unwrap()
}

/// Some noon, so many seconds later.
pub fn at(seconds: i64) -> Timestamp {
    let noon = Timestamp::parse("2026-01-31T12:00:00Z").unwrap();
    Timestamp::from_micros(noon.as_micros() + seconds * 1_000_000).unwrap()
}

/// That user, with a request of the id `a-request`.
pub fn caller(user_id: UserId) -> Caller {
    Caller {
        user_id,
        scopes: Scopes::default(),
        request_id: RequestId::parse("a-request").unwrap(),
    }
}
