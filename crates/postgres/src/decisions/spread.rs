//! Finds the facts for decisions where the two users of a pair are on different nodes. No statement reads both from one
//! snapshot. The order of the reads makes the facts of each pair true at one moment: the viewer's side, the subject's
//! side, and the viewer's side again. If the viewer's side is the same both times, it was the same when the subject's
//! side was read; otherwise the pair is read again. Without the second look two users could seem to be mutual contacts
//! who never were.
//!
//! A change that is taken back between the two looks is noticed only if a contact, or a follow, that the first look
//! found was removed and made again: the row has another time or id. Other changes that are taken back are not noticed,
//! such as a contact that is added and removed again. If the subject's side changes as well in the meantime, the facts of
//! the pair may be true at no moment.

#[cfg(test)]
mod same_facts;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use diesel::prelude::*;
use privet_application::rules::decisions::Inquiry;
use privet_database::DbUuid;
use privet_database::erasure::users;
use privet_database::rows::decisions::{FactsRow, TiesRow};
use privet_domain::UserId;

use crate::relationships::sides::{Look, Part};
use crate::tombstones::erased_of;

/// How often the subjects of pairs are read whose viewers keep changing. Then the later look at the viewer counts.
const MOST_READS: usize = 5;

/// A read that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The first look at the viewers.
    Viewers,
    /// A look at the subjects.
    Subjects,
    /// A further look at the viewers.
    ViewersAgain,
}

/// The facts of each pair, in order. `after` is called after each read, so that tests can make changes in between.
pub(super) fn load(
    connection: &mut PgConnection,
    requests: &[&Vec<Inquiry>],
    after: &mut dyn FnMut(Read),
) -> QueryResult<Vec<FactsRow>> {
    let inquiries: Vec<Inquiry> = requests.iter().copied().flatten().copied().collect();
    let mut rows = read_sides(connection, &inquiries, after)?;
    // Last, and for users with rows as well: rows that an erasure deletes are never missed while its tombstone is not
    // seen.
    let erased = erased_among(connection, &inquiries)?;
    for (row, Inquiry { question, .. }) in rows.iter_mut().zip(&inquiries) {
        row.endings.0 = erased.contains(&question.viewer) || erased.contains(&question.subject);
    }
    Ok(rows)
}

/// The facts of each pair, in order, except whether one of the two was erased.
fn read_sides(
    connection: &mut PgConnection,
    inquiries: &[Inquiry],
    after: &mut dyn FnMut(Read),
) -> QueryResult<Vec<FactsRow>> {
    let mut open: Vec<(usize, Inquiry)> = inquiries.iter().copied().enumerate().collect();
    let mut done: Vec<(usize, FactsRow)> = Vec::with_capacity(open.len());
    let parts: Vec<Part> = inquiries.iter().map(Part::of_viewer).collect();
    let mut viewers = Look::take(connection, &parts)?;
    after(Read::Viewers);
    for number in 1..=MOST_READS {
        let parts: Vec<Part> = open.iter().map(|(_, it)| Part::of_subject(it)).collect();
        let subjects = Look::take(connection, &parts)?;
        after(Read::Subjects);
        let later = look_again(connection, &open, &subjects, after)?;
        let (changed, same): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, inquiry)| {
            let part = Part::of_viewer(inquiry);
            viewer_counts(inquiry, &subjects) && viewers.side(part) != later.side(part)
        });
        let same = same.into_iter();
        done.extend(same.map(|(place, it)| (place, facts(&it, &viewers, &subjects))));
        viewers = later;
        if number == MOST_READS {
            let changed = changed.into_iter();
            done.extend(changed.map(|(place, it)| (place, facts(&it, &viewers, &subjects))));
            break;
        }
        if changed.is_empty() {
            break;
        }
        open = changed;
    }
    done.sort_unstable_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, row)| row).collect())
}

/// Reads again what concerns the viewers, of the pairs whose facts depend on it.
fn look_again(
    connection: &mut PgConnection,
    open: &[(usize, Inquiry)],
    subjects: &Look,
    after: &mut dyn FnMut(Read),
) -> QueryResult<Look> {
    let pairs = open.iter().map(|(_, inquiry)| inquiry);
    let parts: Vec<Part> = pairs
        .filter(|inquiry| viewer_counts(inquiry, subjects))
        .map(Part::of_viewer)
        .collect();
    let look = Look::take(connection, &parts)?;
    if !parts.is_empty() {
        after(Read::ViewersAgain);
    }
    Ok(look)
}

/// Whether the facts depend on the viewer's side. If the subject did not add the viewer, they are not mutual contacts,
/// whatever the viewer did.
fn viewer_counts(inquiry: &Inquiry, subjects: &Look) -> bool {
    let needs = inquiry.needs;
    let subject = subjects.side(Part::of_subject(inquiry));
    needs.viewer || needs.followed || subject.close_friend().is_some()
}

fn facts(inquiry: &Inquiry, viewers: &Look, subjects: &Look) -> FactsRow {
    let viewer = viewers.side(Part::of_viewer(inquiry));
    let subject = subjects.side(Part::of_subject(inquiry));
    let is_viewer_asked = inquiry.needs.contacts && inquiry.needs.viewer;
    let counts = subject.close_friend().is_some() || is_viewer_asked;
    FactsRow {
        subject: subject.party(),
        viewer: viewer.party(),
        endings: (false, subject.has_blocked()),
        subject_ties: TiesRow {
            close_friend: subject.close_friend(),
            follows: viewer.is_followed(),
        },
        viewer_ties: TiesRow {
            close_friend: viewer.close_friend().filter(|_| counts),
            follows: subject.is_followed(),
        },
    }
}

/// The erased ones of all users of these pairs.
fn erased_among(
    connection: &mut PgConnection,
    inquiries: &[Inquiry],
) -> QueryResult<HashSet<UserId>> {
    let questions = inquiries.iter().map(|inquiry| inquiry.question);
    let ids: HashSet<UserId> = questions
        .flat_map(|question| [question.viewer, question.subject])
        .collect();
    let erased = erased_of(connection, ids.into_iter().map(DbUuid::from).collect())?;
    Ok(users(erased).into_iter().collect())
}
