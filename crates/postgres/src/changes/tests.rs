//! Transactions that overtake each other.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use privet_application::relationships::contacts::ContactStore;
use privet_application::settings::SettingsStore;
use privet_application::user_events::UserEventKind;
use privet_database::DbUuid;
use privet_domain::UserId;
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::{at, change, no_email, some_id, some_pair, somebody};

use super::*;
use crate::PostgresConfig;

fn open(url: &str, spread: bool) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 2,
        timeout: Duration::from_secs(10),
        spread,
    })
    .unwrap()
}

struct Scene {
    database: TestDatabase,
    store: PostgresStore,
    begin: FeedPosition,
}

impl Scene {
    async fn new(spread: bool) -> Self {
        let migrate = async |url: String| open(&url, spread).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let store = open(database.url(), spread);
        let begun = store.changes_after(FeedPosition::FIRST, 1).await.unwrap();
        Self {
            database,
            store,
            begin: begun.feed.reached,
        }
    }

    /// Another connection, in a transaction.
    fn transaction(&self) -> PgConnection {
        let mut connection = PgConnection::establish(self.database.url()).unwrap();
        connection.batch_execute("BEGIN").unwrap();
        connection
    }

    async fn part(&self, after: FeedPosition) -> FeedPart {
        self.store.changes_after(after, 1_000).await.unwrap()
    }

    /// A change that is acknowledged. Returns its user.
    async fn change(&self) -> UserId {
        let pair = some_pair();
        self.store.add_contact(pair, at(1)).await.unwrap();
        pair.actor()
    }

    /// Whom the whole feed is about. Waits until all is told: other tests' transactions on the server hold it back.
    async fn all(&self) -> Vec<UserId> {
        for _ in 0..1_000 {
            let part = self.part(self.begin).await;
            if part.feed.waiting_since.is_none() {
                return users(&part);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a transaction is under way");
    }

    /// What a reader finds that goes by the number of the change alone.
    fn by_number(&self, after: i64) -> Vec<(i64, UserId)> {
        use crate::schema::changes;

        let mut connection = PgConnection::establish(self.database.url()).unwrap();
        let rows: Vec<(i64, Option<DbUuid>)> = changes::table
            .filter(changes::number.gt(after))
            .order(changes::number)
            .select((changes::number, changes::user_id))
            .load(&mut connection)
            .unwrap();
        let row = |(number, user_id): (i64, Option<DbUuid>)| {
            (number, UserId::from_uuid(user_id.unwrap().0))
        };
        rows.into_iter().map(row).collect()
    }
}

/// Runs a test with the statements for one database, and with those for several nodes.
async fn in_both_layouts(test: impl AsyncFn(Scene)) {
    for spread in [false, true] {
        test(Scene::new(spread).await).await;
    }
}

fn users(part: &FeedPart) -> Vec<UserId> {
    let changes = part.changes.iter();
    let users = changes.map(|placed| match placed.change.user {
        ChangedUser::One(user_id) => user_id,
        ChangedUser::All => panic!("a change of all users"),
    });
    users.collect()
}

/// Inserts a change, as a transaction of Privet does.
fn insert(connection: &mut PgConnection) -> UserId {
    let user_id = some_id();
    let change = Change {
        user: ChangedUser::One(user_id),
        kinds: ChangeKinds::of([ChangeKind::Email]),
        at: at(0),
    };
    tell(connection, [change]).unwrap();
    user_id
}

#[tokio::test]
async fn a_number_drawn_early_and_committed_late_is_not_passed_over() {
    in_both_layouts(async |scene| {
        let mut late = scene.transaction();
        let of_late = insert(&mut late);
        let overtaking = scene.change().await;
        let part = scene.part(scene.begin).await;
        assert_eq!(part.changes, []);
        assert_eq!(part.feed.waiting_since, Some(at(1)));
        // The control reads by number, and passes over the first change.
        let control = scene.by_number(0);
        let [(reached, told)] = control[..] else {
            panic!("{control:?}");
        };
        assert_eq!(told, overtaking);
        late.batch_execute("COMMIT").unwrap();
        assert_eq!(scene.by_number(reached), []);
        assert_eq!(scene.all().await, [of_late, overtaking]);
        let rest = scene.part(part.feed.reached).await;
        assert_eq!(users(&rest), [of_late, overtaking]);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_an_early_transaction_is_told_before_those_with_lower_numbers() {
    in_both_layouts(async |scene| {
        let mut early = scene.transaction();
        early.batch_execute("SELECT pg_current_xact_id()").unwrap();
        let between = scene.change().await;
        let of_early = insert(&mut early);
        early.batch_execute("COMMIT").unwrap();
        let last = scene.change().await;
        assert_eq!(scene.all().await, [of_early, between, last]);
        let by_number = scene.by_number(0).into_iter();
        let by_number: Vec<_> = by_number.map(|(_, user_id)| user_id).collect();
        assert_eq!(by_number, [between, of_early, last]);
    })
    .await;
}

#[tokio::test]
async fn a_savepoint_that_is_rolled_back_is_not_told() {
    in_both_layouts(async |scene| {
        let mut connection = scene.transaction();
        let first = insert(&mut connection);
        connection.batch_execute("SAVEPOINT one").unwrap();
        insert(&mut connection);
        connection
            .batch_execute("ROLLBACK TO one; SAVEPOINT two")
            .unwrap();
        let second = insert(&mut connection);
        connection.batch_execute("RELEASE two").unwrap();
        let later = scene.change().await;
        // The transaction of a savepoint has a number of its own, greater than that of the later change.
        let third = insert(&mut connection);
        connection.batch_execute("COMMIT").unwrap();
        assert_eq!(scene.all().await, [first, second, third, later]);
        let mut given_up = scene.transaction();
        insert(&mut given_up);
        given_up.batch_execute("ROLLBACK").unwrap();
        assert_eq!(scene.all().await, [first, second, third, later]);
    })
    .await;
}

#[tokio::test]
async fn the_statement_of_a_batch_tells_only_what_it_changes() {
    in_both_layouts(async |scene| {
        let mut changes = Vec::new();
        for _ in 0..30 {
            let user = somebody();
            scene.store.create(user.clone().into()).await.unwrap();
            // Each is changed twice at the same revision.
            let twice = change(&user, no_email());
            changes.extend([twice.clone(), twice]);
        }
        let mut submitted = tokio::task::JoinSet::new();
        for change in &mut changes {
            // The database refuses an entry with the same id.
            let kind = &mut change.event.kind;
            if let UserEventKind::Settings { entries, .. } = kind {
                entries.clear();
            }
            let (store, change) = (scene.store.clone(), change.clone());
            submitted.spawn(async move { store.compare_and_set(&change).await.unwrap() });
        }
        submitted.join_all().await;
        let mut expected: Vec<_> = changes.iter().map(|change| change.row.id).collect();
        expected.dedup();
        expected.sort_unstable();
        let mut told = scene.all().await;
        told.sort_unstable();
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_told_yet_is_not_deleted() {
    in_both_layouts(async |scene| {
        let told = scene.change().await;
        assert_eq!(scene.all().await, [told]);
        let mut late = scene.transaction();
        let of_late = insert(&mut late);
        let waiting = scene.change().await;
        assert!(!scene.store.forget_changes(at(9), 10).await.unwrap());
        let part = scene.part(scene.begin).await;
        assert_eq!(part.changes, []);
        assert!(part.feed.earliest > scene.begin && part.feed.earliest <= part.feed.reached);
        late.batch_execute("COMMIT").unwrap();
        assert_eq!(scene.all().await, [of_late, waiting]);
    })
    .await;
}

#[tokio::test]
async fn a_new_epoch_waits_for_changes_under_way() {
    in_both_layouts(async |scene| {
        let epoch = scene.part(scene.begin).await.feed.epoch;
        let mut late = scene.transaction();
        insert(&mut late);
        let mut other = PgConnection::establish(scene.database.url()).unwrap();
        other
            .batch_execute("UPDATE feed SET belongs_to = 'another server'")
            .unwrap();
        let (part, ()) = tokio::join!(scene.part(FeedPosition::FIRST), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            late.batch_execute("COMMIT").unwrap();
        });
        assert_ne!(part.feed.epoch, epoch);
        assert_eq!(part.changes, []);
        assert_eq!(scene.part(FeedPosition::FIRST).await.changes, []);
        assert_eq!(
            scene.part(FeedPosition::FIRST).await.feed.epoch,
            part.feed.epoch
        );
    })
    .await;
}
