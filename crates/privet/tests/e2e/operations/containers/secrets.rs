//! The logins of Privet at PostgreSQL and Redis in the compose file, and their privileges.

use super::{compose, environment, last_value, read, replicas, strings};
use crate::support::sql::Session;
use crate::support::{Database, Server, new_user_id};

#[test]
fn redis_asks_for_a_password_and_everybody_who_needs_it_has_it_in_a_file() {
    let compose = compose();
    let redis = &compose["services"]["redis"];
    assert!(strings(&redis["command"]).contains(&"/secrets/redis.conf"));
    let check = strings(&redis["healthcheck"]["test"]).join(" ");
    assert!(check.contains("/secrets/redis_password"), "{check}");
    let secrets = strings(&compose["services"]["secrets"]["command"]).join(" ");
    assert!(
        secrets.contains("keep redis.conf 999 \"requirepass $$password\""),
        "{secrets}"
    );
    for (_, privet) in replicas(&compose) {
        assert_eq!(
            last_value(&environment(privet), "REDIS_URL_FILE"),
            "/secrets/redis_url"
        );
    }
}

#[test]
fn privet_connects_as_a_role_that_is_no_superuser() {
    let compose = compose();
    let postgres = &compose["services"]["postgres"];
    let set = environment(postgres);
    // That would be the name of the superuser.
    assert!(
        set.iter().all(|(name, _)| name != "POSTGRES_USER"),
        "{set:?}"
    );
    let script = "./docker/postgres-init.sh:/docker-entrypoint-initdb.d/privet.sh:ro";
    assert!(strings(&postgres["volumes"]).contains(&script));
    let script = read("docker/postgres-init.sh");
    assert!(
        script.contains("CREATE ROLE privet LOGIN NOSUPERUSER"),
        "{script}"
    );
    assert!(
        script.contains("CREATE DATABASE privet OWNER privet"),
        "{script}"
    );
}

/// As the script above creates it.
#[tokio::test]
async fn a_role_that_only_owns_its_database_is_sufficient() {
    let database = Database::without_tables();
    let role = format!("role_{}", new_user_id().simple());
    let mut session = Session::on(&database);
    session.execute(&format!(
        "CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD 'x';
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO {role}', current_database()); END $$"
    ));
    let url = database.url();
    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    let url = format!("{scheme}://{role}:x@{host}");
    let server = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
    let answer = server.new_user().get("/api/v1/privacy/settings").await;
    assert_eq!(answer.status, 200, "{answer}");
    drop(server);
    session.execute(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}';
         REASSIGN OWNED BY {role} TO CURRENT_USER;
         DROP ROLE {role}"
    ));
}
