//! Groups of lines that are made together. Lines of a group are of one kind and about different users or pairs, so that
//! their order matters only where the list of an owner gets full; the groups keep the order of the file.

use std::collections::HashSet;

use privet_domain::transfer::{
    BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine, TransferLine, UserLine,
};
use privet_domain::{FieldError, Pair, UserId};

use super::ParsedLine;

/// Lines that are made together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Group {
    Invalid(Vec<FieldError>),
    Users(Vec<UserLine>),
    Contacts(Vec<ContactLine>),
    Blocks(Vec<BlockLine>),
    Exceptions(Vec<ExceptionLine>),
    Follows(Vec<FollowLine>),
    Erased(ErasedLine),
}

/// Splits lines into groups.
pub(super) fn groups(lines: Vec<ParsedLine>) -> Vec<Group> {
    let mut builder = Builder::default();
    for line in lines {
        builder.add(line);
    }
    builder.groups
}

#[derive(Default)]
struct Builder {
    groups: Vec<Group>,
    /// The users of the last group.
    users: HashSet<UserId>,
    /// The pairs of the last group.
    pairs: HashSet<Pair>,
}

impl Builder {
    fn add(&mut self, line: ParsedLine) {
        match line {
            Err(errors) => self.begin(Group::Invalid(errors)),
            Ok(TransferLine::Erased(line)) => self.begin(Group::Erased(line)),
            Ok(TransferLine::User(line)) => {
                let is_new = self.users.insert(line.user_id);
                match self.groups.last_mut() {
                    Some(Group::Users(lines)) if is_new => lines.push(line),
                    _ => {
                        let user_id = line.user_id;
                        self.begin(Group::Users(vec![line]));
                        self.users.insert(user_id);
                    }
                }
            }
            Ok(TransferLine::Contact(line)) => {
                let is_new = self.pairs.insert(line.pair);
                match self.groups.last_mut() {
                    Some(Group::Contacts(lines)) if is_new => lines.push(line),
                    _ => self.begin_with(line.pair, Group::Contacts(vec![line])),
                }
            }
            Ok(TransferLine::Block(line)) => {
                let is_new = self.pairs.insert(line.pair);
                match self.groups.last_mut() {
                    Some(Group::Blocks(lines)) if is_new => lines.push(line),
                    _ => self.begin_with(line.pair, Group::Blocks(vec![line])),
                }
            }
            Ok(TransferLine::Exception(line)) => {
                let is_new = self.pairs.insert(line.pair);
                match self.groups.last_mut() {
                    Some(Group::Exceptions(lines)) if is_new => lines.push(line),
                    _ => self.begin_with(line.pair, Group::Exceptions(vec![line])),
                }
            }
            Ok(TransferLine::Follow(line)) => {
                let is_new = self.pairs.insert(line.pair);
                match self.groups.last_mut() {
                    Some(Group::Follows(lines)) if is_new => lines.push(line),
                    _ => self.begin_with(line.pair, Group::Follows(vec![line])),
                }
            }
        }
    }

    fn begin(&mut self, group: Group) {
        self.groups.push(group);
        self.users.clear();
        self.pairs.clear();
    }

    fn begin_with(&mut self, pair: Pair, group: Group) {
        self.begin(group);
        self.pairs.insert(pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{pair, user};

    fn contact(one: u128, other: u128) -> TransferLine {
        TransferLine::Contact(ContactLine {
            pair: pair(one, other),
            close_friend: None,
            added_at: None,
        })
    }

    fn follow(one: u128, other: u128) -> TransferLine {
        TransferLine::Follow(FollowLine {
            pair: pair(one, other),
            is_accepted: true,
            created_at: None,
        })
    }

    fn person(number: u128) -> TransferLine {
        TransferLine::User(UserLine {
            user_id: user(number),
            choices: privet_domain::catalogue::ChoicesUpdate::default(),
            cohorts: None,
            created_at: None,
        })
    }

    fn lengths(lines: Vec<ParsedLine>) -> Vec<usize> {
        let length = |group: &Group| match group {
            Group::Users(lines) => lines.len(),
            Group::Contacts(lines) => lines.len(),
            Group::Follows(lines) => lines.len(),
            Group::Blocks(lines) => lines.len(),
            Group::Exceptions(lines) => lines.len(),
            Group::Invalid(_) | Group::Erased(_) => 0,
        };
        groups(lines).iter().map(length).collect()
    }

    #[test]
    fn lines_of_one_kind_are_made_together_until_one_comes_twice() {
        let lines = [1, 2, 1, 3, 3].map(|number| Ok(person(number)));
        assert_eq!(lengths(lines.to_vec()), [2, 2, 1]);
        let lines = vec![
            Ok(contact(1, 2)),
            Ok(contact(2, 1)),
            Ok(contact(1, 2)),
            Ok(follow(1, 2)),
            Err(Vec::new()),
            Ok(follow(1, 2)),
            Ok(follow(1, 3)),
        ];
        assert_eq!(lengths(lines), [2, 1, 1, 0, 2]);
    }
}
