//! Paths and methods: `HEAD`, 405 with `Allow`, and 404, in the error format of each family. Trailing slashes are
//! in `methods/slashes.rs`.

mod slashes;

use reqwest::Method;

use serde_json::json;

use crate::support::acting::{add_contact, block, except};
use crate::support::asking::with_scope;
use crate::support::document::about;
use crate::support::paths::PATHS;
use crate::support::receipts::start_with_receipts;
use crate::support::shapes::{Family, UPDATES, assert_error};
use crate::support::wire::{Connection, announced, authorization, request};
use crate::support::{Answer, Backend, Client, Database, Server, new_user_id};

/// Its body contains the time, and its length is unknown at the beginning.
const EXPORT: &str = "/api/v1/users/me/export";

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = start_with_receipts(&database).await;
    (database, server)
}

/// Streams, and the end of the feed, which moves by itself. `features/changes` tests their `HEAD` and their slashes.
const CHANGES: [&str; 2] = ["/api/v1/users/me/changes", "/api/v1/privacy/changes"];

/// The ends of the paths that ask for a parameter, with one.
const WITH_PARAMETERS: [(&str, &str); 1] = [("/explain", "as=stranger")];

/// Whether it is a path of the support staff, which also needs a reason.
fn is_of_the_staff(path: &str) -> bool {
    path.starts_with("/api/v1/admin/users/") && !path.ends_with("/cohorts")
}

/// A user with another user as contact and blocked user and in exceptions, and with the scope of services' paths, so that
/// all paths can be read.
async fn reader(server: &Server) -> (Client, Vec<String>) {
    let (alice, other) = (
        with_scope(server, "users:classify users:support"),
        server.new_user(),
    );
    // Support only sees users who are known.
    assert_eq!(other.get(UPDATES[0].path).await.status, 200);
    add_contact(&alice, &other).await;
    block(&alice, &other).await;
    except(&alice, &other, json!({"view_typing": "never"})).await;
    let paths = readable().map(|path| about(path, other.id()));
    let with_query = |path: String| match WITH_PARAMETERS.iter().find(|(it, _)| path.ends_with(it))
    {
        Some((_, query)) => format!("{path}?{query}"),
        None => path,
    };
    (alice, paths.map(with_query).collect())
}

/// With and without the slash at the end, about an unknown user.
fn forms(path: &str) -> Vec<String> {
    let path = &*about(path, new_user_id());
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (path, String::new()),
    };
    let bare = path.trim_end_matches('/');
    match path {
        "/" => vec!["/".to_owned()],
        _ => vec![format!("{bare}{query}"), format!("{bare}/{query}")],
    }
}

fn takes(allowed: &str, method: &str) -> bool {
    allowed.split(", ").any(|name| name == method)
}

/// The methods and paths that can be read.
fn readable() -> impl Iterator<Item = &'static str> {
    PATHS
        .iter()
        .filter(|(path, allowed)| takes(allowed, "GET") && !CHANGES.contains(path))
        .map(|(path, _)| *path)
}

async fn one_after_the_other(connection: &mut Connection, line: &str, user: &Client) -> Answer {
    let authorization = authorization(user);
    connection
        .send(request(
            line,
            &[
                ("Authorization", &authorization),
                ("Support-Reason", "ticket 7"),
            ],
            "",
        ))
        .await;
    if line.starts_with("HEAD ") {
        connection.head().await
    } else {
        connection.answer().await
    }
}

/// The envelope contains the time.
fn without_time(text: &str) -> String {
    let Some((before, rest)) = text.split_once(r#""action_time":""#) else {
        return text.to_owned();
    };
    format!("{before}{}", rest.split_once('"').unwrap().1)
}

#[tokio::test]
async fn another_method_is_405_and_says_which_there_are() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for (path, allowed) in PATHS {
        for form in forms(path) {
            for method in [
                "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
            ] {
                if takes(allowed, method) {
                    continue;
                }
                let mut connection = Connection::to(&server).await;
                let line = format!("{method} {form}");
                let answer = one_after_the_other(&mut connection, &line, &alice).await;
                assert_error(&answer, path, 405, &format!("This path takes {allowed}."));
                assert_eq!(answer.header("Allow"), allowed, "{line}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn head_on_a_path_that_cannot_be_read_is_405_without_a_body() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for form in forms("/api/users/me/preferences/reset/") {
        let mut connection = Connection::to(&server).await;
        let head = one_after_the_other(&mut connection, &format!("HEAD {form}"), &alice).await;
        assert_eq!((head.status, head.header("Allow")), (405, "POST"), "{head}");
        // The next bytes would be the body.
        let next = one_after_the_other(&mut connection, "GET /health/live", &alice).await;
        assert_eq!(next.status, 200, "{next}");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let (_database, server) = start().await;
    let (alice, mut paths) = reader(&server).await;
    paths.extend(["/swagger-ui", "/nothing", "/api/users/me/nothing"].map(str::to_owned));
    for path in paths.iter().filter(|path| *path != EXPORT) {
        let mut connection = Connection::to(&server).await;
        let get = one_after_the_other(&mut connection, &format!("GET {path}"), &alice).await;
        let head = one_after_the_other(&mut connection, &format!("HEAD {path}"), &alice).await;
        // The next bytes would be the body.
        let next = one_after_the_other(&mut connection, "GET /health/live", &alice).await;
        assert_eq!(next.status, 200, "{path}: {next}");
        assert_eq!(head.status, get.status, "{path}: {head}");
        if path != "/metrics" {
            assert_eq!(announced(&head), get.text.len(), "{path}: {head}");
        }
        for name in get.headers.keys() {
            if !["x-request-id", "date", "content-length"].contains(&name.as_str()) {
                assert_eq!(
                    head.headers.get(name),
                    get.headers.get(name),
                    "{path}: {head}"
                );
            }
        }
    }
}

#[tokio::test]
async fn head_of_a_version_that_is_known_is_304() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let tag = alice.get(UPDATES[0].path).await.header("ETag").to_owned();
    let head = alice
        .request(Method::HEAD, UPDATES[0].path)
        .header("If-None-Match", &tag);
    let answer = head.send().await;
    assert_eq!(
        (answer.status, answer.header("ETag")),
        (304, &*tag),
        "{answer}"
    );
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_format_of_its_family() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for path in [
        "/api/users/me/nothing",
        "/api/users/me/preferences/nothing/",
        "/api/users/me/privacy-settings/1",
        "/api/v1/e-social/nothing",
        "/api/v1/e-social/privacy/account/1",
        "/api/v1/privacy/settings/show_last_seen",
        "/api/v1/nothing",
        "/api/users/you/privacy-settings/",
        "/API/V1/PRIVACY/SETTINGS",
        "/nothing",
        "/swagger-ui/nothing.js",
        "/swagger-uix",
        "/index.php",
    ] {
        for client in [&alice, &server.anonymous()] {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                if path.starts_with("/swagger-ui/") && method != Method::GET {
                    continue;
                }
                let answer = client.request(method, path).send().await;
                assert_error(&answer, path, 404, "There is nothing at this path.");
            }
        }
    }
}

#[tokio::test]
async fn no_spelling_of_a_path_slips_past_authentication() {
    let (_database, server) = start().await;
    for path in [
        "//api/v1/privacy/settings",
        "/api//v1/privacy/settings",
        "/api/v1/privacy//settings",
        "/api/v1/privacy/settings//",
        "/api/v1/privacy/./settings",
        "/api/v1/x/../privacy/settings",
        "/api/v1/privacy/%2e%2e/privacy/settings",
        "/health/live/../../api/v1/privacy/settings",
        "/health/live/%2e%2e/%2e%2e/api/v1/privacy/settings",
        "/api/v1/privacy%2fsettings",
        "/api%2Fv1%2Fprivacy%2Fsettings",
        "/%61pi/v1/privacy/settings",
        "/api/v1/privacy/setting%73",
        "/api/v1/privacy/settings%2F",
        "/api/v1/privacy/settings%00",
        "/api/v1/privacy/settings%20",
        "/api/v1/privacy/settings%",
        "/api/v1/privacy/settings%ff",
        "/api/v1/privacy/settings;x=1",
        "/api/v1/privacy/settings?token=x",
        "/api/v1/privacy/%73ettings/?x",
        "/api/users/me%2Fprivacy-settings/",
        "/api/users/%6de/privacy-settings/",
        "/api/users/m%65/preferences/",
        "/api/v1/e%2Dsocial/privacy/account",
    ] {
        let mut connection = Connection::to(&server).await;
        connection
            .send(request(&format!("GET {path}"), &[], ""))
            .await;
        let answer = connection.answer().await;
        assert!([401, 404].contains(&answer.status), "{path}: {answer}");
        if answer.status == 401 {
            let decoded = path
                .replace("%6d", "m")
                .replace("%65", "e")
                .replace("%2D", "-");
            assert_error(&answer, &decoded, 401, "Authentication token is required");
        }
    }
}

#[tokio::test]
async fn an_unknown_query_parameter_is_ignored() {
    let (_database, server) = start().await;
    let (alice, paths) = reader(&server).await;
    let bob = server.new_user();
    for path in &paths {
        let is_other = Family::of(path) == Family::Problem && !path.starts_with("/api/");
        if path == EXPORT || is_other || is_of_the_staff(path) {
            continue;
        }
        for query in [
            format!("user_id={}&userId={0}&id={0}", bob.id()),
            "%".to_owned(),
            "%ff=%00&&&===&[]={}".to_owned(),
            "a=1&a=2".to_owned(),
            "x".repeat(4_000),
        ] {
            let plain = alice.get(path).await;
            let begin = if path.contains('?') { '&' } else { '?' };
            let answer = alice.get(&format!("{path}{begin}{query}")).await;
            assert_eq!(answer.status, 200, "{path}?{query}: {answer}");
            assert_eq!(
                without_time(&answer.text),
                without_time(&plain.text),
                "{path}?{query}"
            );
        }
    }
}
