//! The table of all variables. The help and the manual page show it, and unknown `PRIVET_` variables are compared
//! with it.

use privet_application::rate_limits::Limit;

use super::limits::limit_variable;

/// A variable with its description.
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its default; empty if there is none.
    pub default: &'static str,
    /// Its meaning.
    pub meaning: &'static str,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        default,
        meaning,
    }
}

/// Stands for one variable for each limit.
const LIMITS: &str = "PRIVET_LIMIT_<NAME>";

/// The first variable of a group, with the heading of the group.
const HEADINGS: &[(&str, &str)] = &[
    ("PRIVET_LISTEN", "Address"),
    ("DATABASE_URL", "Database and cache"),
    ("PRIVET_JWT_SECRET", "Keys that verify tokens"),
    ("PRIVET_RATE_LIMITS", "Rate limits"),
    ("PRIVET_TRUSTED_PROXIES", "Proxies and browsers"),
    ("PRIVET_PAGES", "Pages for people"),
    ("PRIVET_CATALOGUE", "Settings and preferences"),
    ("PRIVET_AUDIT_RETENTION", "History and erasure"),
    ("PRIVET_LOG", "Log and metrics"),
    ("PRIVET_WORKERS", "Process"),
];

const VARIABLES: &[Variable] = &[
    variable(
        "PRIVET_LISTEN",
        "127.0.0.1:8080",
        "address and port to listen on",
    ),
    variable(
        "PRIVET_PUBLIC_URL",
        "http:// and the listening address",
        "the URL that clients use",
    ),
    variable(
        "DATABASE_URL",
        "sqlite://data/privet.db",
        "sqlite://<path> or postgres://…",
    ),
    variable(
        "DATABASE_URL_FILE",
        "",
        "a file that contains the database URL",
    ),
    variable(
        "REDIS_URL",
        "",
        "redis://…, rediss://…, redis-sentinel://… or redis-cluster://…: shared by replicas",
    ),
    variable(
        "REDIS_URL_FILE",
        "",
        "a file that contains the URL of Redis",
    ),
    variable(
        "PRIVET_DATABASE_POOL",
        "8 per core from 16 to 32; SQLite 4, at most 32",
        "database connections",
    ),
    variable(
        "PRIVET_DATABASE_TIMEOUT_MS",
        "2000",
        "longest wait for the database before a 503",
    ),
    variable(
        "PRIVET_CACHE_TTL",
        "300",
        "lifetime of cached settings in seconds, on SQLite or with Redis; 0 disables the cache",
    ),
    variable(
        "PRIVET_DATABASE_SPREAD",
        "false",
        "true uses the statements of a distributed PostgreSQL on any PostgreSQL, for tests",
    ),
    variable(
        "PRIVET_JWT_SECRET",
        "generated once on SQLite",
        "HS256 secret of at least 32 bytes",
    ),
    variable(
        "PRIVET_JWT_SECRET_FILE",
        "",
        "a file that contains the secret",
    ),
    variable(
        "PRIVET_JWT_PUBLIC_KEY_FILE",
        "",
        "PEM public keys: RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA)",
    ),
    variable(
        "PRIVET_JWKS",
        "",
        "a JSON Web Key Set: the path of a file, or an https:// URL",
    ),
    variable("PRIVET_JWT_ISSUER", "", "the required iss of tokens"),
    variable("PRIVET_JWT_AUDIENCE", "", "the required aud of tokens"),
    variable("PRIVET_RATE_LIMITS", "on", "on or off"),
    variable(
        LIMITS,
        "",
        "such as 15/minute, 100/second or 1000/hour; the names are below",
    ),
    variable(
        "PRIVET_TRUSTED_PROXIES",
        "",
        "addresses or CIDR blocks of proxies whose X-Forwarded-For is trusted",
    ),
    variable(
        "PRIVET_CORS_ORIGINS",
        "",
        "origins of browser clients, such as https://app.example.com",
    ),
    variable(
        "PRIVET_PAGES",
        "on with a generated key, else off",
        "on or off: the privacy centre at /privacy/, and /admin/ for the support staff",
    ),
    variable(
        "PRIVET_OIDC_ISSUER",
        "",
        "the issuer of OpenID Connect at which people sign in on these pages",
    ),
    variable(
        "PRIVET_OIDC_CLIENT_ID",
        "",
        "the id by which the issuer knows these pages",
    ),
    variable(
        "PRIVET_PAGES_FRAME_ANCESTORS",
        "",
        "origins whose pages may show these in a frame",
    ),
    variable(
        "PRIVET_CATALOGUE",
        "core",
        "core, or a file with the operator's settings and actions",
    ),
    variable(
        "PRIVET_PREFERENCES_SCHEMA",
        "built in",
        "a file with the JSON Schema of the preferences",
    ),
    variable(
        "PRIVET_AUDIT_RETENTION",
        "",
        "age above which history entries are deleted, such as 90d; the newest of each setting stays",
    ),
    variable(
        "PRIVET_CHANGES_RETENTION",
        "7d",
        "age above which changes of the feed are deleted",
    ),
    variable(
        "PRIVET_RECEIPT_KEY_FILE",
        "",
        "a file that contains the PEM private key for erasure receipts: Ed25519 or P-256",
    ),
    variable(
        "PRIVET_LOG",
        "info",
        "tracing filter, such as info,privet_http=debug",
    ),
    variable(
        "PRIVET_LOG_FORMAT",
        "text",
        "text or json; logs go to standard error",
    ),
    variable("NO_COLOR", "", "any value disables colors in a terminal"),
    variable(
        "PRIVET_METRICS_ADDR",
        "",
        "separate address and port for /metrics and health checks; /metrics is then served only there",
    ),
    variable("PRIVET_WORKERS", "one per core", "HTTP workers"),
    variable(
        "PRIVET_MAX_CONNECTIONS",
        "16384",
        "open client connections; further ones wait to be accepted",
    ),
    variable(
        "PRIVET_SHUTDOWN_SECONDS",
        "30",
        "time that requests in progress have when it stops",
    ),
];

/// The prefix of Privet's own variables.
const PREFIX: &str = "PRIVET_";

/// The names of all variables.
pub fn known() -> impl Iterator<Item = String> {
    let names = VARIABLES.iter().map(|variable| variable.name);
    let fixed = names.filter(|name| *name != LIMITS).map(str::to_owned);
    fixed.chain(Limit::ALL.map(limit_variable))
}

/// The table by groups with headings.
pub fn groups() -> Vec<(&'static str, Vec<&'static Variable>)> {
    let mut groups = Vec::new();
    for variable in VARIABLES {
        if let Some((_, heading)) = HEADINGS.iter().find(|(first, _)| *first == variable.name) {
            groups.push((*heading, Vec::new()));
        }
        if let Some((_, group)) = groups.last_mut() {
            group.push(variable);
        }
    }
    groups
}

/// The values of `<NAME>` in the names of limits.
pub fn limit_names() -> String {
    let names = Limit::ALL.map(|limit| limit.name().to_ascii_uppercase());
    names.join(", ")
}

/// A warning for each of `names` that begins like a variable of Privet but is unknown. Not an error, because
/// platforms may set such names, as Kubernetes does for a service called privet.
pub fn warnings(names: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = known().collect();
    names
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .map(|name| match closest(&name, &known) {
            Some(meant) => format!("{name} is not a variable of Privet; did you mean {meant}?"),
            None => format!("{name} is not a variable of Privet"),
        })
        .collect()
}

fn closest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    // The common prefix does not count for the similarity.
    let own = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let likeness = |candidate: &String| strsim::jaro_winkler(&own(name), &own(candidate));
    let best = known
        .iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(best) > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(name: &str) -> Vec<String> {
        warnings([name.to_owned()].into_iter())
    }

    #[test]
    fn a_misspelt_variable_is_told_apart_from_the_one_that_was_meant() {
        assert_eq!(
            warning("PRIVET_RATE_LIMIT"),
            ["PRIVET_RATE_LIMIT is not a variable of Privet; did you mean PRIVET_RATE_LIMITS?"]
        );
        assert_eq!(
            warning("PRIVET_LIMIT_MESAGING_READ"),
            [
                "PRIVET_LIMIT_MESAGING_READ is not a variable of Privet; did you mean PRIVET_LIMIT_MESSAGING_READ?"
            ]
        );
    }

    #[test]
    fn a_name_that_resembles_none_gets_no_suggestion() {
        assert_eq!(
            warning("PRIVET_SERVICE_HOST"),
            ["PRIVET_SERVICE_HOST is not a variable of Privet"]
        );
    }

    #[test]
    fn known_variables_and_those_of_others_are_passed_over() {
        assert!(warning("PRIVET_LISTEN").is_empty());
        assert!(warning("PATH").is_empty());
    }

    #[test]
    fn every_variable_is_in_a_group_and_every_heading_has_one() {
        let groups = groups();
        assert_eq!(groups.len(), HEADINGS.len());
        let grouped: usize = groups.iter().map(|(_, group)| group.len()).sum();
        assert_eq!(grouped, VARIABLES.len());
    }
}
