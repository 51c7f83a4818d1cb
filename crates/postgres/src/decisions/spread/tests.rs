//! Changes between the reads of a decision. Each test has a control that shows what a wrong order of the reads gives.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use privet_application::rules::decisions::{Needs, Question};
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::some_id;

use super::*;
use crate::{PostgresConfig, PostgresStore};

const CONTACTS: Needs = Needs {
    contacts: true,
    follows: false,
    followed: false,
    viewer: false,
};

/// A database, a connection that reads the facts of one pair, and one that changes rows in between.
struct Pair {
    _database: TestDatabase,
    reader: PgConnection,
    writer: PgConnection,
    viewer: UserId,
    subject: UserId,
}

impl Pair {
    async fn new() -> Self {
        let migrate = async |url: String| open(&url).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let connect = || PgConnection::establish(database.url()).unwrap();
        Self {
            reader: connect(),
            writer: connect(),
            _database: database,
            viewer: some_id(),
            subject: some_id(),
        }
    }

    fn inquiry(&self, needs: Needs) -> Inquiry {
        let question = Question {
            viewer: self.viewer,
            subject: self.subject,
        };
        Inquiry { question, needs }
    }

    fn execute(&mut self, sql: &str) {
        self.writer.batch_execute(sql).unwrap();
    }

    /// The facts. After each read `change` returns statements to execute. Returns the reads, too.
    fn facts(
        &mut self,
        needs: Needs,
        mut change: impl FnMut(usize, Read) -> Option<String>,
    ) -> (FactsRow, Vec<Read>) {
        let inquiries = vec![self.inquiry(needs)];
        let (writer, mut reads) = (&mut self.writer, Vec::new());
        let mut after = |read| {
            reads.push(read);
            if let Some(sql) = change(reads.len(), read) {
                writer.batch_execute(&sql).unwrap();
            }
        };
        let rows = load(&mut self.reader, &[&inquiries], &mut after).unwrap();
        let [row] = <[FactsRow; 1]>::try_from(rows).unwrap();
        (row, reads)
    }

    fn look(&mut self, part: fn(&Inquiry) -> Part) -> Look {
        let part = part(&self.inquiry(CONTACTS));
        Look::take(&mut self.reader, &[part]).unwrap()
    }
}

fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 1,
        timeout: Duration::from_secs(10),
        spread: true,
    })
    .unwrap()
}

fn add(owner: UserId, contact: UserId) -> String {
    format!(
        "INSERT INTO contacts (owner_id, contact_id, added_at) VALUES ('{owner}', '{contact}', clock_timestamp());"
    )
}

fn remove(owner: UserId, contact: UserId) -> String {
    format!("DELETE FROM contacts WHERE owner_id = '{owner}' AND contact_id = '{contact}';")
}

fn create(user: UserId, choices: &str) -> String {
    format!(
        "INSERT INTO users (user_id, created_at, account_id, revision, choices, preferences, versions) \
         VALUES ('{user}', now(), gen_random_uuid(), 1, '{choices}', '{{}}', '{{}}');"
    )
}

fn are_mutual(row: &FactsRow) -> bool {
    row.subject_ties.close_friend.is_some() && row.viewer_ties.close_friend.is_some()
}

const ONCE: [Read; 3] = [Read::Viewers, Read::Subjects, Read::ViewersAgain];
const TWICE: [Read; 5] = [
    Read::Viewers,
    Read::Subjects,
    Read::ViewersAgain,
    Read::Subjects,
    Read::ViewersAgain,
];

#[tokio::test]
async fn users_who_were_never_mutual_contacts_are_not_after_a_change_of_the_viewer() {
    for have_rows in [false, true] {
        let mut pair = Pair::new().await;
        let (viewer, subject) = (pair.viewer, pair.subject);
        if have_rows {
            pair.execute(&(create(viewer, "{}") + &create(subject, "{}")));
        }
        pair.execute(&add(viewer, subject));
        let change = remove(viewer, subject) + &add(subject, viewer);
        let (row, reads) = pair.facts(CONTACTS, |_, read| {
            (read == Read::Viewers).then(|| change.clone())
        });
        assert!(!are_mutual(&row), "{row:?}");
        assert_eq!(reads, TWICE);
    }
}

/// The control of the test above.
#[tokio::test]
async fn without_a_second_look_they_seem_to_be() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    pair.execute(&add(viewer, subject));
    let viewers = pair.look(Part::of_viewer);
    pair.execute(&(remove(viewer, subject) + &add(subject, viewer)));
    let subjects = pair.look(Part::of_subject);
    let row = facts(&pair.inquiry(CONTACTS), &viewers, &subjects);
    assert!(are_mutual(&row), "{row:?}");
}

#[tokio::test]
async fn users_who_were_never_mutual_contacts_are_not_after_a_change_of_the_subject() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    pair.execute(&add(subject, viewer));
    let change = remove(subject, viewer) + &add(viewer, subject);
    let (row, reads) = pair.facts(CONTACTS, |number, read| {
        (number == 2 && read == Read::Subjects).then(|| change.clone())
    });
    assert!(!are_mutual(&row), "{row:?}");
    // The subject's contacts were read again, and without them the viewer's do not count.
    assert_eq!(reads, TWICE[..4]);
}

/// The control of the test above: with the subject first, both looks at the viewer are the same.
#[tokio::test]
async fn with_the_subject_read_first_they_seem_to_be() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    pair.execute(&add(subject, viewer));
    let subjects = pair.look(Part::of_subject);
    pair.execute(&(remove(subject, viewer) + &add(viewer, subject)));
    let [viewers, again] = [pair.look(Part::of_viewer), pair.look(Part::of_viewer)];
    let inquiry = pair.inquiry(CONTACTS);
    let part = Part::of_viewer(&inquiry);
    assert_eq!(viewers.side(part), again.side(part));
    assert!(are_mutual(&facts(&inquiry, &viewers, &subjects)));
}

#[tokio::test]
async fn facts_that_do_not_change_are_read_once() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    // What the viewer did does not matter while the subject did not add them.
    pair.execute(&add(viewer, subject));
    let (row, reads) = pair.facts(CONTACTS, |_, _| None);
    assert!(!are_mutual(&row), "{row:?}");
    assert_eq!(reads, ONCE[..2]);
    pair.execute(&add(subject, viewer));
    let (row, reads) = pair.facts(CONTACTS, |_, _| None);
    assert!(are_mutual(&row), "{row:?}");
    assert_eq!(reads, ONCE);
}

#[tokio::test]
async fn a_contact_that_was_removed_and_added_again_is_a_change() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    pair.execute(&(add(viewer, subject) + &add(subject, viewer)));
    let change = remove(viewer, subject) + &add(viewer, subject);
    let (row, reads) = pair.facts(CONTACTS, |number, _| (number == 2).then(|| change.clone()));
    assert!(are_mutual(&row), "{row:?}");
    assert_eq!(reads, TWICE);
}

#[tokio::test]
async fn a_viewer_who_keeps_changing_is_read_a_limited_number_of_times() {
    let mut pair = Pair::new().await;
    let (viewer, subject) = (pair.viewer, pair.subject);
    pair.execute(&(add(viewer, subject) + &add(subject, viewer)));
    let mark =
        format!("UPDATE contacts SET close_friend = NOT close_friend WHERE owner_id = '{viewer}'");
    let (row, reads) = pair.facts(CONTACTS, |_, read| {
        (read == Read::Subjects).then(|| mark.clone())
    });
    assert_eq!(reads.len(), 1 + 2 * MOST_READS);
    // The mark was changed before each look but the first. The last look counts.
    let is_marked = MOST_READS % 2 == 1;
    assert_eq!(row.viewer_ties.close_friend, Some(is_marked));
}

#[tokio::test]
async fn every_other_pair_is_settled_while_one_is_read_again() {
    let mut pair = Pair::new().await;
    let (viewer, subject, third) = (pair.viewer, pair.subject, some_id());
    pair.execute(&(add(viewer, subject) + &add(subject, viewer)));
    pair.execute(&(add(third, subject) + &add(subject, third)));
    let changing = pair.inquiry(CONTACTS);
    let mut still = changing;
    still.question.viewer = third;
    let [first, second] = [vec![still, changing], vec![still]];
    let (change, writer) = (remove(viewer, subject), &mut pair.writer);
    let mut reads = 0;
    let mut after = |_: Read| {
        reads += 1;
        if reads == 2 {
            writer.batch_execute(&change).unwrap();
        }
    };
    let rows = load(&mut pair.reader, &[&first, &second], &mut after).unwrap();
    let mutual: Vec<bool> = rows.iter().map(are_mutual).collect();
    assert_eq!(mutual, [true, false, true]);
    assert_eq!(reads, 5);
}

#[tokio::test]
async fn a_user_who_is_erased_between_the_reads_has_no_defaults() {
    let mut pair = Pair::new().await;
    let subject = pair.subject;
    pair.execute(&create(subject, r#"{"account.is_private": true}"#));
    let erase = format!(
        "INSERT INTO erased_users VALUES ('{subject}', now()); DELETE FROM users WHERE user_id = '{subject}'"
    );
    let needs = Needs {
        viewer: true,
        ..CONTACTS
    };
    let (row, _) = pair.facts(needs, |_, read| {
        (read == Read::Viewers).then(|| erase.clone())
    });
    assert_eq!(row.subject.choices, None);
    // The control: with the tombstones read first, the subject would be a user who chose nothing.
    assert!(row.endings.0);
}
