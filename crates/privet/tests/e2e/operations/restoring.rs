//! Restores a backup as `docs/operations.md` says: users who were erased after the backup are erased again.

use crate::support::sql::Session;
use crate::support::{Backend, Database, SECRET, Server, Token, new_user_id};

on_both_stores![users_on_the_list_are_erased_again_after_a_restore];

const SETTINGS: &str = "/api/v1/privacy/settings";

/// The query of the page for that store.
fn documented_query(backend: Backend) -> String {
    let path = format!("{}/../../docs/operations.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).unwrap();
    let program = match backend {
        Backend::Sqlite => "sqlite3 ",
        Backend::Postgres => "psql ",
    };
    let is_it = |line: &&str| {
        line.starts_with(program) && line.contains("\"SELECT") && line.contains("FROM erased_users")
    };
    let line = page.lines().find(is_it).unwrap();
    let (_, query) = line.split_once("\"SELECT").unwrap();
    format!("SELECT{}", query.split_once('"').unwrap().0)
}

fn erased(database: &Database) -> Vec<String> {
    let query = documented_query(database.backend());
    let rows = match database.backend() {
        Backend::Sqlite => format!("SELECT text FROM (SELECT 1 AS one, ({query}) AS text)"),
        Backend::Postgres => format!("SELECT user_id::text AS text FROM ({query}) AS erased"),
    };
    Session::on(database).texts(&rows)
}

async fn erase(server: &Server, id: &str) -> u16 {
    let token = Token::of(new_user_id()).claim("scope", "users:erase");
    let client = server.bearer(&token.sign(SECRET));
    client.delete(&format!("/api/v1/users/{id}")).await.status
}

async fn users_on_the_list_are_erased_again_after_a_restore(database: Database) {
    let before = Database::fresh(database.setup()).await;
    let alice = new_user_id();
    for each in [&before, &database] {
        let server = Server::start(each).await;
        assert_eq!(server.user(alice).get(SETTINGS).await.status, 200);
    }
    // One is the running database, the other the backup.
    let server = Server::start(&database).await;
    assert_eq!(erase(&server, &alice.to_string()).await, 200);
    let list = erased(&database);
    assert_eq!(list, [alice.to_string()]);

    let server = Server::start(&before).await;
    assert_eq!(server.user(alice).get(SETTINGS).await.status, 200);
    for id in &list {
        assert_eq!(erase(&server, id).await, 200);
        // As the page says, it may be repeated.
        assert_eq!(erase(&server, id).await, 200);
    }
    assert_eq!(server.user(alice).get(SETTINGS).await.status, 401);
    assert_eq!(erased(&before), list);
}
