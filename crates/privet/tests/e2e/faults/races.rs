//! Many callers at once: no lost update, no second record, no change without its entry in the history,
//! and no reader who is told an older value than one already acknowledged. Contacts, blocks and follows are
//! in `races/relationships.rs`; requests that are overtaken while their body is sent in `races/late_bodies.rs`.

mod late_bodies;
mod relationships;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::settings::{Settings, history};
use crate::support::{Answer, Client, Database, Server};

in_every_setup![
    ten_first_requests_at_once_leave_one_record,
    ten_first_updates_at_once_leave_one_record,
    of_ten_updates_with_one_condition_exactly_one_is_made,
    of_ten_updates_that_only_one_can_change_one_entry_is_left,
    updates_of_different_settings_at_once_are_all_kept,
    a_thousand_updates_leave_as_many_entries_as_changes_were_acknowledged,
    no_reader_sees_an_older_value_than_one_already_acknowledged,
];

/// Sends ten requests as nearly at once as can be, and answers what came back.
async fn ten<F: Future<Output = Answer> + Send + 'static>(
    request: impl Fn(usize) -> F,
) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(10));
    let mut running = JoinSet::new();
    for number in 0..10 {
        let (start, request) = (Arc::clone(&start), request(number));
        running.spawn(async move {
            start.wait().await;
            request.await
        });
    }
    running.join_all().await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

async fn ten_first_requests_at_once_leave_one_record(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..5 {
        let alice = server.new_user();
        let answers = ten(|_| {
            let alice = alice.clone();
            async move { Settings::AccountPrivacy.get(&alice).await }
        })
        .await;
        let record = Settings::AccountPrivacy.shown(&Settings::AccountPrivacy.get(&alice).await);
        for answer in &answers {
            assert_eq!(Settings::AccountPrivacy.shown(answer), record);
        }
    }
    // The same where they come for different things.
    for _ in 0..5 {
        let alice = server.new_user();
        let answers = ten(|number| {
            let alice = alice.clone();
            async move { Settings::ALL[number % 4].get(&alice).await }
        })
        .await;
        let created =
            &Settings::AccountPrivacy.shown(&answers_of(&answers, "isPrivate"))["createdAt"];
        let messaging = answers_of(&answers, "updated_at").json();
        assert_eq!(&messaging["updated_at"], created);
    }
}

/// The first of the answers that has this word in it.
fn answers_of(answers: &[Answer], word: &str) -> Answer {
    answers
        .iter()
        .find(|answer| answer.text.contains(word))
        .unwrap()
        .clone()
}

async fn ten_first_updates_at_once_leave_one_record(database: Database) {
    let server = Server::start(&database).await;
    for settings in Settings::ALL {
        let alice = server.new_user();
        let answers = ten(|_| settings.switch(&alice, !settings.default()).send()).await;
        assert_eq!(count(&answers, 200), 10, "{answers:?}");
        let tag = settings.tag(&alice).await;
        for answer in &answers {
            assert_eq!(answer.header("ETag"), tag, "{settings:?}");
        }
        assert_eq!(history(&alice).await.len(), 1, "{settings:?}");
    }
}

async fn of_ten_updates_with_one_condition_exactly_one_is_made(database: Database) {
    let server = Server::start(&database).await;
    for settings in Settings::ALL {
        for round in 1..=5 {
            let alice = server.new_user();
            let tag = settings.tag(&alice).await;
            let answers = ten(|_| {
                let request = settings.switch(&alice, !settings.default());
                request.header("If-Match", &tag).send()
            })
            .await;
            assert_eq!(count(&answers, 200), 1, "{settings:?} {round}: {answers:?}");
            assert_eq!(count(&answers, 412), 9, "{settings:?} {round}: {answers:?}");
            let made = answers.iter().find(|answer| answer.status == 200).unwrap();
            assert_eq!(made.header("ETag"), settings.tag(&alice).await);
            assert_eq!(history(&alice).await.len(), 1, "{settings:?} {round}");
        }
    }
}

async fn of_ten_updates_that_only_one_can_change_one_entry_is_left(database: Database) {
    let server = Server::start(&database).await;
    for settings in Settings::ALL {
        let alice = server.new_user();
        let mut on = settings.default();
        for changes in 1..=5 {
            on = !on;
            let answers = ten(|_| settings.switch(&alice, on).send()).await;
            assert_eq!(count(&answers, 200), 10, "{settings:?}: {answers:?}");
            assert_eq!(history(&alice).await.len(), changes, "{settings:?}");
        }
    }
}

async fn updates_of_different_settings_at_once_are_all_kept(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..5 {
        let alice = server.new_user();
        let chosen = json!({"theme.mode": "dark", "theme.accent_color": "#000000",
            "locale.language": "de", "locale.time_format": "12h", "locale.timezone": "Asia/Tokyo",
            "notifications.slack_enabled": true, "notifications.push_enabled": false,
            "notifications.email_enabled": false, "locale.first_day_of_week": "sunday",
            "notifications.digest_frequency": "never"});
        let keys: Vec<_> = chosen.as_object().unwrap().iter().collect();
        let answers = ten(|number| {
            let (key, value) = keys[number];
            let (alice, body) = (alice.clone(), json!({key: value}));
            async move { alice.patch(Settings::Preferences.path(), body).await }
        })
        .await;
        assert_eq!(count(&answers, 200), 10, "{answers:?}");
        let tree = Settings::Preferences.get(&alice).await.json();
        for (key, value) in chosen.as_object().unwrap() {
            let pointer = format!("/{}", key.replace('.', "/"));
            assert_eq!(tree.pointer(&pointer), Some(value), "{key}");
        }
        assert_eq!(history(&alice).await.len(), 10);
    }
}

const COLOUR: &str = "preferences.theme.accent_color";
const DEFAULT_COLOUR: &str = "#3b82f6";

async fn a_thousand_updates_leave_as_many_entries_as_changes_were_acknowledged(database: Database) {
    let server = Server::start(&database).await;
    let mut users = JoinSet::new();
    for _ in 0..20 {
        let user = server.new_user();
        users.spawn(async move {
            // Two of the user's devices, each changing what the other changes, too.
            let devices = [0..25, 25..50].map(|numbers| change_all(user.clone(), numbers));
            let [one, other] = devices.map(tokio::spawn);
            let acknowledged = one.await.unwrap() + other.await.unwrap();
            let entries = history(&user).await;
            assert_eq!(entries.len(), acknowledged);
            assert_chained(&user, &entries).await;
            acknowledged
        });
    }
    let acknowledged: usize = users.join_all().await.into_iter().sum();
    assert!(
        acknowledged >= 200,
        "only {acknowledged} changes: nothing was shown"
    );
}

/// Makes an update for each number, and answers how many changes were acknowledged.
async fn change_all(user: Client, numbers: Range<usize>) -> usize {
    let mut acknowledged = 0;
    for number in numbers {
        let answer = change(&user, number).await;
        assert!(matches!(answer.status, 200 | 412), "{answer}");
        acknowledged += usize::from(answer.status == 200);
    }
    acknowledged
}

/// An update that changes something if it succeeds: every fifth sets a colour that was never there
/// before, the others turn a setting over, provided that nobody did so meanwhile.
async fn change(user: &Client, number: usize) -> Answer {
    let Some(settings) = Settings::ALL.get(number % 5) else {
        let body = json!({"theme.accent_color": format!("#{number:06x}")});
        return user.patch(Settings::Preferences.path(), body).await;
    };
    let before = settings.get(user).await;
    let request = settings.switch(user, !settings.value(&before));
    request
        .header("If-Match", before.header("ETag"))
        .send()
        .await
}

/// Fails unless each entry begins where the one before it, of the same setting, ended: from the default
/// to what stands now.
async fn assert_chained(user: &Client, entries: &[Value]) {
    let defaults = Settings::ALL.map(|all| (all.setting(), json!(all.default())));
    let mut present: BTreeMap<&str, Value> = defaults.into();
    present.insert(COLOUR, json!(DEFAULT_COLOUR));
    for entry in entries.iter().rev() {
        let value = present.get_mut(entry["setting"].as_str().unwrap()).unwrap();
        assert_eq!(entry["old_value"], *value, "{entry}");
        *value = entry["new_value"].clone();
    }
    for settings in Settings::ALL {
        let shown = settings.value(&settings.get(user).await);
        assert_eq!(present[settings.setting()], shown, "{settings:?}");
    }
    let preferences = Settings::Preferences.get(user).await.json();
    assert_eq!(preferences["theme"]["accent_color"], present[COLOUR]);
}

async fn no_reader_sees_an_older_value_than_one_already_acknowledged(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (alice, acknowledged, done) =
            (alice.clone(), Arc::clone(&acknowledged), Arc::clone(&done));
        readers.spawn(async move {
            let mut reads = 0;
            while !done.load(Ordering::SeqCst) {
                let known = acknowledged.load(Ordering::SeqCst);
                let shown = version(&Settings::Preferences.get(&alice).await);
                assert!(
                    shown >= known,
                    "{shown} was shown after {known} had been acknowledged"
                );
                reads += 1;
            }
            reads
        });
    }
    for number in 1..=200 {
        let body = json!({"theme.accent_color": format!("#{number:06x}")});
        let answer = alice.patch(Settings::Preferences.path(), body).await;
        assert_eq!(version(&answer), number, "{answer}");
        acknowledged.store(number, Ordering::SeqCst);
    }
    done.store(true, Ordering::SeqCst);
    let reads: usize = readers.join_all().await.into_iter().sum();
    assert!(reads > 100, "only {reads} reads: nothing was shown");
}

/// The number that the writer put into the colour; the default colour counts as zero.
fn version(answer: &Answer) -> u64 {
    let shown = Settings::Preferences.shown(answer);
    let colour = shown["theme"]["accent_color"].as_str().unwrap().to_owned();
    if colour == DEFAULT_COLOUR {
        0
    } else {
        u64::from_str_radix(&colour[1..], 16).unwrap()
    }
}
