//! Classifies the errors of connection attempts by libpq's messages, because libpq keeps no error code.

use privet_application::UnavailableReason;

/// Errors that do not go away by waiting: the user, the password, the database's name, or the way of connecting is
/// wrong. Messages of a server that answers in another language than English are not recognised, and count as
/// temporary.
const PERMANENT: [&str; 30] = [
    // 28000 and 28P01.
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "pg_hba.conf rejects connection",
    "is not permitted to log in",
    "channel binding required",
    "unsupported authentication",
    // libpq's own requirement (require_auth).
    "authentication method requirement",
    // 3D000, 42501, 55000.
    "role \"",
    "database \"",
    "permission denied for database",
    "is not currently accepting connections",
    // 42704, 22023: a setting in the URL's options.
    "unrecognized configuration parameter",
    "invalid value for parameter",
    "permission denied to set",
    // Messages of libpq about TLS: sslmode, sslcertmode, the files (certificates, authorities, the key), the host's
    // name.
    "server does not support SSL",
    "certificate file",
    "private key file",
    "could not load system root certificate paths",
    "certificate verify failed",
    "does not match host name",
    "server did not request an SSL certificate",
    "server accepted connection without a valid SSL certificate",
    "server does not support any SSL protocol version",
    // Messages of AWS-LC about TLS: errors of the server's certificate, then alerts from the server.
    "CERTIFICATE_VERIFY_FAILED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_",
    "ALERT_UNKNOWN_CA",
    // A message of the server about TLS.
    "connection requires a valid client certificate",
];

const SLOW: [&str; 2] = ["timeout expired", "Connection timed out"];

/// Messages of libpq about a standby when a primary is required (`target_session_attrs`).
const READ_ONLY: [&str; 2] = ["session is read-only", "server is in hot standby mode"];

const CROWDED: [&str; 3] = [
    "too many clients",
    "too many connections",
    "remaining connection slots",
];

/// The reason for a message that begins with `connection to server`. libpq tries no other host after a permanent error.
/// So one permanent error decides, even if the text has messages about several hosts.
pub fn reason(message: &str) -> UnavailableReason {
    let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    // If there are too many connections, the message also names the role or the database.
    if says(&CROWDED) {
        UnavailableReason::Busy
    } else if says_refused(message) {
        UnavailableReason::LoginRefused
    } else if says(&READ_ONLY) {
        UnavailableReason::ReadOnly
    } else if says(&SLOW) {
        UnavailableReason::Timeout
    } else {
        UnavailableReason::Unreachable
    }
}

fn says_refused(message: &str) -> bool {
    message.lines().any(|line| {
        PERMANENT.iter().any(|text| match *text {
            // Only messages that the role or the database does not exist. Other messages contain these names, too.
            "role \"" | "database \"" => line.contains(text) && line.ends_with("does not exist"),
            text => line.contains(text),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> UnavailableReason {
        let whole = format!("connection to server at \"127.0.0.1\", port 5432 failed: {message}\n");
        reason(&whole)
    }

    #[test]
    fn permanent_errors_are_refusals() {
        for message in [
            "FATAL:  password authentication failed for user \"privet\"",
            "FATAL:  role \"nobody\" does not exist",
            "FATAL:  database \"nowhere\" does not exist",
            "FATAL:  permission denied for database \"privet\"\nDETAIL:  User does not have CONNECT privilege.",
            "FATAL:  no pg_hba.conf entry for host \"127.0.0.1\", user \"a\", database \"b\", no encryption",
            "fe_sendauth: no password supplied",
            "server does not support SSL, but SSL was required",
            "root certificate file \"/x\" does not exist\nEither provide the file, or change sslmode",
            "SSL error: certificate verify failed: unable to get local issuer certificate",
            "SSL error: CERTIFICATE_VERIFY_FAILED",
            "SSL error: TLSV1_ALERT_UNKNOWN_CA",
            "SSL error: SSLV3_ALERT_BAD_CERTIFICATE",
            "SSL error: SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "SSL error: SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "SSL error: SSLV3_ALERT_CERTIFICATE_REVOKED",
            "SSL error: SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "SSL error: TLSV1_ALERT_CERTIFICATE_REQUIRED",
            "SSL error: TLSV1_ALERT_PROTOCOL_VERSION\nThis may indicate that the server does not support any SSL \
             protocol version between TLSv1.3 and TLSv1.3.",
            "FATAL:  connection requires a valid client certificate",
            "server certificate for \"a\" (and 1 other name) does not match host name \"b\"",
            "could not read root certificate file \"/x\": NO_START_LINE",
            "could not open certificate file \"/x\": Permission denied",
            "could not read certificate file \"/x\": NO_START_LINE",
            "could not load private key file \"/x\": NO_START_LINE",
            "certificate present, but not private key file \"/x\"",
            "private key file \"/x\" has group or world access; file must have permissions u=rw (0600) or less",
            "certificate does not match private key file \"/x\": KEY_VALUES_MISMATCH",
            "FATAL:  unrecognized configuration parameter \"foo\"",
        ] {
            assert_eq!(of(message), UnavailableReason::LoginRefused, "{message}");
        }
    }

    #[test]
    fn temporary_errors_are_no_refusals() {
        for (message, expected) in [
            (
                "Connection refused\n\tIs the server running on that host?",
                UnavailableReason::Unreachable,
            ),
            (
                "FATAL:  the database system is starting up",
                UnavailableReason::Unreachable,
            ),
            ("session is read-only", UnavailableReason::ReadOnly),
            ("timeout expired", UnavailableReason::Timeout),
            (
                "SSL SYSCALL error: Connection reset by peer",
                UnavailableReason::Unreachable,
            ),
            (
                "SSL error: TLSV1_ALERT_INTERNAL_ERROR",
                UnavailableReason::Unreachable,
            ),
            (
                "FATAL:  too many connections for role \"privet\"",
                UnavailableReason::Busy,
            ),
            (
                "FATAL:  too many connections for database \"privet\"",
                UnavailableReason::Busy,
            ),
            (
                "FATAL:  sorry, too many clients already",
                UnavailableReason::Busy,
            ),
        ] {
            assert_eq!(of(message), expected, "{message}");
        }
    }

    #[test]
    fn a_refusal_by_the_second_host_is_a_refusal() {
        let message = "Connection refused\nconnection to server at \"b\", port 5432 failed: \
                       FATAL:  password authentication failed for user \"a\"";
        assert_eq!(of(message), UnavailableReason::LoginRefused);
    }
}
