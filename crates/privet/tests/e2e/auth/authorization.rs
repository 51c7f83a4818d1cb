//! Authorization: one table has the permitted callers of every operation of the OpenAPI document. Each operation
//! is called without a token, without the scope, and by another user. A difference between table and document
//! fails.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{
    add_contact, become_mutual_contacts, block, classify, except, follow, mark_close_friend, set,
};
use crate::support::catalogues::{catalogue_file, start_with_a_cohort, start_with_catalogue};
use crate::support::document::{Document, Operation};
use crate::support::follows::become_follower;
use crate::support::receipts::start_with_receipts;
use crate::support::settings::{Settings, id};
use crate::support::shapes::error_message;
use crate::support::{Client, Database, SECRET, Server, Token, new_user_id};

in_every_setup![no_user_reads_or_changes_another_users_data];

// Tokens and scopes are checked before anything is read.
in_one_setup![
    the_table_lists_exactly_the_operations_of_the_document,
    without_a_token_only_open_operations_answer,
    user_operations_need_a_token_and_service_operations_a_scope,
];

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anyone, without a token.
    Anybody,
    /// Every user. Another user who calls it gets only these statuses.
    User(&'static [u16]),
    /// Tokens with this scope.
    Service(&'static str),
}

use Who::{Anybody, Service, User};

/// Data of the caller, whatever the request contains.
const OWN: Who = User(&[200]);

/// All operations.
const TABLE: [(&str, Who); 68] = [
    ("get_email_contact", OWN),
    ("update_email_contact", OWN),
    ("get_account_privacy", OWN),
    ("update_account_privacy", OWN),
    ("get_messaging_privacy", OWN),
    ("update_messaging_privacy", OWN),
    ("get_preferences", OWN),
    ("update_preferences", OWN),
    ("reset_preferences", OWN),
    ("get_preferences_schema", OWN),
    ("get_catalogue", OWN),
    ("list_audit_entries", OWN),
    ("list_looks", OWN),
    ("list_contacts", OWN),
    ("get_contact", User(&[404])),
    ("add_contact", User(&[201])),
    ("update_contact", User(&[404])),
    ("remove_contact", User(&[404])),
    ("list_blocks", OWN),
    ("get_block", User(&[404])),
    ("add_block", User(&[201])),
    ("remove_block", User(&[404])),
    ("list_exceptions", OWN),
    ("get_exceptions", User(&[404])),
    ("set_exceptions", User(&[201])),
    ("remove_exceptions", User(&[404])),
    ("follow", User(&[200])),
    ("unfollow", User(&[404])),
    ("check_follow", User(&[200])),
    ("list_pending_follow_requests", OWN),
    ("accept_follow_request", User(&[404])),
    ("decline_follow_request", User(&[404])),
    // Of a private account, and of public ones.
    ("list_followers", User(&[403, 200])),
    ("list_following", User(&[403, 200])),
    ("remove_follower", User(&[404])),
    ("get_follow_stats", User(&[200])),
    ("get_access", User(&[200])),
    // Without whose view is wanted.
    ("explain", User(&[400])),
    ("preview", User(&[400])),
    ("decide", Service("privacy:decide")),
    ("filter", Service("privacy:decide")),
    ("enforce_profile", Service("privacy:decide")),
    ("enforce_receipts", Service("privacy:decide")),
    ("enforce_typing", Service("privacy:decide")),
    ("enforce_group_additions", Service("privacy:decide")),
    ("enforce_message_expiry", Service("privacy:decide")),
    ("evaluate", Service("privacy:decide")),
    ("evaluate_several", Service("privacy:decide")),
    ("search_actions", Service("privacy:decide")),
    ("get_authzen_configuration", Anybody),
    ("export_account", OWN),
    ("import_account", OWN),
    ("watch_own_changes", OWN),
    ("list_changes", Service("privacy:watch")),
    ("erase_me", OWN),
    ("erase_user", Service("users:erase")),
    ("get_receipt_keys", Anybody),
    ("get_cohorts", Service("users:classify")),
    ("set_cohorts", Service("users:classify")),
    ("view_user", Service("users:support")),
    ("list_audit_entries_of_user", Service("users:support")),
    ("explain_user", Service("users:support")),
    ("change_settings_of_user", Service("users:support")),
    ("import_lines", Service("users:import")),
    ("check_liveness", Anybody),
    ("check_readiness", Anybody),
    ("get_metrics", Anybody),
    ("get_openapi", Anybody),
];

/// The entry of an operation in the table.
fn who_may(operation: &Operation) -> Who {
    let line = TABLE.iter().find(|(id, _)| *id == operation.id());
    line.unwrap_or_else(|| panic!("the table lacks {}", operation.id()))
        .1
}

/// A new user whose token has these scopes.
fn with_scopes(server: &Server, scopes: &str) -> Client {
    let id = new_user_id();
    let token = Token::of(id).claim("scope", scopes);
    server.bearer(&token.sign(SECRET)).known_as(id)
}

async fn the_table_lists_exactly_the_operations_of_the_document(database: Database) {
    let server = Server::start(&database).await;
    let operations = Document::of(&server).await.operations();
    let mut said: Vec<_> = operations.iter().map(Operation::id).collect();
    let mut named = TABLE.map(|(id, _)| id);
    said.sort_unstable();
    named.sort_unstable();
    assert_eq!(said, named);
}

async fn without_a_token_only_open_operations_answer(database: Database) {
    // Without a key there is no public key to read.
    let server = start_with_receipts(&database).await;
    let expired = Token::of(new_user_id()).expiring_in(-1);
    let forged = Token::of(new_user_id()).sign("another secret, as long as the good one");
    for operation in Document::of(&server).await.operations() {
        for (client, message) in [
            (server.anonymous(), "Authentication token is required"),
            (server.bearer(&forged), "Invalid token"),
            (server.bearer(&expired.sign(SECRET)), "Token has expired"),
        ] {
            let answer = operation.send(&client).await;
            if who_may(&operation) == Anybody {
                assert!(!operation.is_secured(), "{}", operation.id());
                assert_eq!(answer.status, 200, "{}: {answer}", operation.id());
            } else {
                assert!(operation.is_secured(), "{}", operation.id());
                let said = error_message(&answer, &operation.path, 401);
                assert_eq!(said, message, "{}: {answer}", operation.id());
                assert_eq!(answer.header("WWW-Authenticate"), "Bearer");
            }
        }
    }
}

async fn user_operations_need_a_token_and_service_operations_a_scope(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    for operation in Document::of(&server).await.operations() {
        let Service(scope) = who_may(&operation) else {
            assert_eq!(operation.scopes(), [""; 0], "{}", operation.id());
            let answer = operation.send(&server.new_user()).await;
            assert!(
                ![401, 403].contains(&answer.status),
                "{}: {answer}",
                operation.id()
            );
            continue;
        };
        assert_eq!(operation.scopes(), [scope], "{}", operation.id());
        let all = [
            "privacy:decide",
            "privacy:watch",
            "privacy:admin",
            "users:erase",
            "users:classify",
            "users:support",
            "users:import",
        ];
        let others: Vec<_> = all.into_iter().filter(|other| *other != scope).collect();
        for scopes in [
            String::new(),
            others.join(" "),
            format!("{scope}r"),
            scope.to_uppercase(),
        ] {
            let answer = operation.send(&with_scopes(&server, &scopes)).await;
            let said = error_message(&answer, &operation.path, 403);
            assert_eq!(said, format!("This takes a token with the scope {scope}."));
        }
        // Some are about users who are there.
        let known = server.new_user();
        Settings::EmailContact.get(&known).await;
        let caller = with_scopes(&server, scope);
        let answer = operation.send_about(&caller, known.id()).await;
        // Without whose view is wanted.
        let is_answer = operation.id() == "explain_user" && answer.status == 400;
        assert!(
            is_answer || (200..300).contains(&answer.status),
            "{}: {answer}",
            operation.id()
        );
    }
}

/// A cohort, whose name nobody else may see.
const COHORT: &str = "under_protection";

/// A user with data of every kind, and the ids of related users.
struct Owner {
    client: Client,
    /// The user, their contact, the blocked user, the requester, and the request.
    targets: Vec<Uuid>,
    /// Texts that no other user may ever see.
    secrets: Vec<String>,
}

impl Owner {
    async fn of(server: &Server) -> Self {
        let owner = server.new_user();
        for settings in Settings::ALL {
            settings.set(&owner, !settings.default()).await;
        }
        let colour = format!("#{}", &owner.id().simple().to_string()[..6]);
        let body = json!({"theme.accent_color": colour});
        let answer = owner.patch(Settings::Preferences.path(), body).await;
        assert_eq!(answer.status, 200, "{answer}");
        let (contact, blocked, asker) = (server.new_user(), server.new_user(), server.new_user());
        become_mutual_contacts(&owner, &contact).await;
        become_follower(&contact, &owner).await;
        become_follower(&owner, &contact).await;
        mark_close_friend(&owner, &contact, true).await;
        // Nothing below names them, so nobody may be told of them.
        let (excepted, close) = (server.new_user(), server.new_user());
        except(&owner, &excepted, json!({"view_typing": "never"})).await;
        except(&owner, &contact, json!({"view_typing": "always"})).await;
        add_contact(&owner, &close).await;
        mark_close_friend(&owner, &close, true).await;
        classify(server, &owner, &[COHORT]).await;
        block(&owner, &blocked).await;
        set(&owner, "isPrivate", true).await;
        let request = follow(&asker, &owner).await;
        let account = Settings::AccountPrivacy.get(&owner).await.json();
        let account = account["data"]["id"].as_str().unwrap().to_owned();
        let users = [&owner, &contact, &blocked, &asker];
        let mut targets: Vec<_> = users.map(Client::id).into();
        targets.push(request.parse().unwrap());
        let mut secrets = vec![colour, account, COHORT.to_owned()];
        secrets.extend([&excepted, &close].map(|user| user.id().to_string()));
        Self {
            client: owner,
            targets,
            secrets,
        }
    }

    /// All data of the user, except follow requests, which other users may change.
    async fn everything(&self, strangers: &[Uuid]) -> Value {
        let answer = self.client.get("/api/v1/users/me/export").await;
        assert_eq!(answer.status, 200, "{answer}");
        let mut everything = answer.json();
        everything["exported_at"].take();
        let follows = everything["follows"].as_array_mut().unwrap();
        follows.retain(|follow| !strangers.contains(&id(&follow["follower_id"])));
        everything
    }
}

async fn no_user_reads_or_changes_another_users_data(database: Database) {
    let catalogue = json!({"cohorts": {COHORT: {"description": "Was stalked."}}});
    let file = catalogue_file(&catalogue);
    let server = start_with_catalogue(&database, &file).await;
    let alice = Owner::of(&server).await;
    let before = alice.everything(&[]).await;
    let mut strangers = Vec::new();
    for operation in Document::of(&server).await.operations() {
        let expected = match who_may(&operation) {
            Anybody => continue,
            User(told) => told,
            Service(_) => &[403],
        };
        let mut told = Vec::new();
        for target in &alice.targets {
            let bob = server.new_user();
            strangers.push(bob.id());
            let path = operation.path_about(*target);
            // Other places of a request where a careless implementation may look for an id.
            let owner = alice.client.id();
            let path = format!("{path}?user_id={owner}&userId={owner}&sub={owner}");
            let request = bob.request(operation.method.clone(), &path);
            let request = request.header("X-User-Id", &owner.to_string());
            let answer = match operation.body() {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            };
            for secret in &alice.secrets {
                assert!(
                    !answer.text.contains(secret),
                    "{}: {answer}",
                    operation.id()
                );
            }
            if !told.contains(&answer.status) {
                told.push(answer.status);
            }
        }
        assert_eq!(told, expected, "{}", operation.id());
        let after = alice.everything(&strangers).await;
        assert_eq!(after, before, "{} changed something", operation.id());
    }
}
