//! Moving a whole service in and out: one JSON object for each user, relationship or erased user. The same lines are
//! imported and exported.

pub mod own;
mod parse;
mod write;

use crate::catalogue::{ChoicesUpdate, Cohorts};
use crate::relationships::exceptions::Exceptions;
use crate::{Pair, Timestamp, UserId};

pub use write::{known_choices, user_line};

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum TransferLine {
    /// `{"user": …}`
    User(UserLine),
    /// `{"contact": {…}}`
    Contact(ContactLine),
    /// `{"block": {…}}`
    Block(BlockLine),
    /// `{"follow": {…}}`
    Follow(FollowLine),
    /// `{"exception": {…}}`
    Exception(ExceptionLine),
    /// `{"erased": {…}}`
    Erased(ErasedLine),
}

/// A user with their choices.
#[derive(Debug, Clone, PartialEq)]
pub struct UserLine {
    /// The user.
    pub user_id: UserId,
    /// Their choices.
    pub choices: ChoicesUpdate,
    /// Their cohorts, if the line has them.
    pub cohorts: Option<Cohorts>,
    /// When the user was created, if known.
    pub created_at: Option<Timestamp>,
}

/// The actor of the pair added the other user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactLine {
    /// The owner and the contact.
    pub pair: Pair,
    /// Whether it is a close friend, if the line says so.
    pub close_friend: Option<bool>,
    /// When it was added, if known.
    pub added_at: Option<Timestamp>,
}

/// The actor of the pair blocked the other user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockLine {
    /// The blocker and the blocked user.
    pub pair: Pair,
    /// When, if known.
    pub blocked_at: Option<Timestamp>,
}

/// The actor of the pair follows the other user, or requests to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowLine {
    /// The follower and the followed user.
    pub pair: Pair,
    /// Whether the follow is accepted.
    pub is_accepted: bool,
    /// When it was requested, if known.
    pub created_at: Option<Timestamp>,
}

/// The actor of the pair has exceptions for the other user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionLine {
    /// The owner and the person.
    pub pair: Pair,
    /// The exceptions, at least one.
    pub exceptions: Exceptions,
}

/// A user was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedLine {
    /// The user.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests;
