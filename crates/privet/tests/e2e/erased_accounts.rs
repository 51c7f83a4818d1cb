//! Tokens that outlive their account: 401 on every operation, and nothing comes back.

use crate::document::Document;
use crate::shapes::assert_error;
use crate::sql::Session;
use crate::support::{Database, Server, new_user_id};

on_both_stores![
    a_token_that_outlives_its_account_is_refused_by_every_operation_and_brings_nothing_back,
    an_account_that_was_erased_behind_the_cache_is_refused_after_a_restart,
];

const MESSAGE: &str = "Account has been deleted";

async fn a_token_that_outlives_its_account_is_refused_by_every_operation_and_brings_nothing_back(
    database: Database,
) {
    let server = Server::start(&database).await;
    let document = Document::of(&server).await;
    let mut session = Session::on(&database);
    let erased = new_user_id();
    session.erase(erased);
    let user = server.user(erased);
    for operation in document
        .operations()
        .iter()
        .filter(|operation| operation.is_secured())
    {
        let answer = operation.send(&user).await;
        assert_error(&answer, &operation.path, 401, MESSAGE);
        assert_eq!(answer.header("WWW-Authenticate"), "Bearer", "{answer}");
        // Whatever is wrong with a request besides.
        let request = user.request(operation.method.clone(), &operation.path);
        let answer = request
            .header("Content-Type", "text/plain")
            .body("{")
            .send()
            .await;
        assert_error(&answer, &operation.path, 401, MESSAGE);
    }
    for table in ["users", "audit_log"] {
        assert_eq!(session.rows_of(table, erased), 0, "{table}");
    }
    assert_eq!(session.rows_of("erased_users", erased), 1);
    // Others are not concerned.
    assert_eq!(
        server
            .new_user()
            .get("/api/v1/privacy/settings")
            .await
            .status,
        200
    );
}

async fn an_account_that_was_erased_behind_the_cache_is_refused_after_a_restart(
    database: Database,
) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    assert_eq!(
        server.user(id).get("/api/v1/privacy/settings").await.status,
        200
    );
    Session::on(&database).erase(id);
    let server = server.kill_and_restart().await;
    let answer = server.user(id).get("/api/v1/privacy/settings").await;
    assert_error(&answer, "/api/v1/privacy/settings", 401, MESSAGE);
    assert_eq!(Session::on(&database).rows_of("users", id), 0);
}
