//! Retention: old entries go, except the newest of each setting.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::support::metrics::{text, value};
use crate::support::settings::{Settings, history};
use crate::support::{Client, Database, Program, Server};

// The store deletes, in batches of its own.
on_both_stores![old_entries_are_deleted_except_the_newest_of_each_setting];

in_one_setup![without_a_retention_every_entry_stays];

const PATIENCE: Duration = Duration::from_secs(30);

async fn settings_in_history(user: &Client) -> Vec<String> {
    let entries = history(user).await;
    let names = entries
        .iter()
        .map(|entry| entry["setting"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// A user with three entries of one setting and one of another.
async fn somebody(server: &Server) -> Client {
    let user = server.new_user();
    Settings::AccountPrivacy.set(&user, true).await;
    for is_on in [false, true, false] {
        Settings::MessagingPrivacy.set(&user, is_on).await;
    }
    user
}

async fn old_entries_are_deleted_except_the_newest_of_each_setting(database: Database) {
    let variables = [("PRIVET_AUDIT_RETENTION", "1s")];
    let server = Server::start_with(&database, &variables).await;
    let users = [somebody(&server).await, somebody(&server).await];
    let begun = Instant::now();
    for user in &users {
        let newest = history(user).await[0].clone();
        while history(user).await.len() > 2 {
            assert!(begun.elapsed() < PATIENCE);
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(history(user).await[0], newest);
        let left = ["messaging.show_last_seen", "account.is_private"];
        assert_eq!(settings_in_history(user).await, left);
        let only = "/api/v1/privacy/audit?setting=messaging.show_last_seen";
        assert_eq!(user.get(only).await.json()["entries"], json!([newest]));
    }
    let deleted = value(&text(&server).await, "privet_audit_entries_expired_total");
    assert_eq!(deleted, Some(4.0));
}

async fn without_a_retention_every_entry_stays(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(settings_in_history(&user).await.len(), 4);
}

#[tokio::test]
async fn an_age_that_is_none_is_refused() {
    for age in ["90", "ever", "0s", "-1d"] {
        let program = Program::new(&["serve"]).with("PRIVET_AUDIT_RETENTION", age);
        let output = program.run().await;
        assert_eq!(output.status, 2, "{output:?}");
        assert!(
            output.stderr.contains("PRIVET_AUDIT_RETENTION"),
            "{output:?}"
        );
    }
}
