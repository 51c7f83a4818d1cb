//! A database that lacks one of its tables: what needs it is 500, nobody learns why, and nothing is done by
//! halves.

use serde_json::json;

use crate::support::acting::except;
use crate::support::contacts_and_blocks::Kind;
use crate::support::document::Document;
use crate::support::settings::Settings;
use crate::support::shapes::error_message;
use crate::support::sql::Session;
use crate::support::{Database, Server};

in_every_setup![
    operations_that_lack_a_table_are_500_and_nobody_learns_why,
    an_erasure_that_fails_erases_nothing,
];

const TABLES: [&str; 9] = [
    "contacts",
    "blocks",
    "follows",
    "exceptions",
    "list_counts",
    "follow_counts",
    "audit_log",
    "support_looks",
    "changes",
];

const MESSAGE: &str = "The service failed. The request id helps to find out why.";

async fn operations_that_lack_a_table_are_500_and_nobody_learns_why(database: Database) {
    let server = Server::start(&database).await;
    let operations = Document::of(&server).await.operations();
    let mut session = Session::on(&database);
    for table in TABLES {
        session.execute(&format!("ALTER TABLE {table} RENAME TO elsewhere"));
        let mut failed = Vec::new();
        // An export has begun before it finds out.
        let before_it = operations
            .iter()
            .filter(|operation| operation.id() != "export_account");
        for operation in before_it.filter(|operation| operation.is_secured()) {
            let answer = operation.send(&operation.caller(&server)).await;
            if answer.status < 500 {
                continue;
            }
            let said = error_message(&answer, &operation.path, 500);
            assert_eq!(said, MESSAGE, "{}", operation.id());
            failed.push(operation.id());
        }
        assert!(failed.contains(&"erase_me"), "{table}: {failed:?}");
        session.execute(&format!("ALTER TABLE elsewhere RENAME TO {table}"));
    }
}

async fn an_erasure_that_fails_erases_nothing(database: Database) {
    let server = Server::start(&database).await;
    let mut session = Session::on(&database);
    for table in TABLES {
        let (alice, bob) = (server.new_user(), server.new_user());
        for settings in Settings::ALL {
            settings.set(&alice, !settings.default()).await;
        }
        for kind in Kind::ALL {
            kind.add(&alice, bob.id()).await;
        }
        except(&alice, &bob, json!({"view_typing": "never"})).await;
        let before = session.rows_naming(alice.id());
        session.execute(&format!("ALTER TABLE {table} RENAME TO elsewhere"));
        let answer = alice.delete("/api/v1/users/me").await;
        assert_eq!(error_message(&answer, "/api/v1/users/me", 500), MESSAGE);
        session.execute(&format!("ALTER TABLE elsewhere RENAME TO {table}"));
        assert_eq!(session.rows_naming(alice.id()), before, "{table}");
        // And the cache knows: the account lives on, and can still be erased.
        for settings in Settings::ALL {
            assert_eq!(
                settings.value(&settings.get(&alice).await),
                !settings.default()
            );
        }
        assert_eq!(alice.delete("/api/v1/users/me").await.status, 200);
    }
}
