//! Lines that are read and written.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::AccountId;
use crate::catalogue::Catalogue;
use crate::settings::user::User;

const ONE: &str = "00000000-0000-0000-0000-000000000001";
const OTHER: &str = "00000000-0000-0000-0000-000000000002";
const TIME: &str = "2026-01-31T10:30:45.123456Z";

fn parse(line: &Value) -> Result<TransferLine, Vec<String>> {
    TransferLine::parse(&Catalogue::core(), line)
        .map_err(|errors| errors.into_iter().map(|error| error.field).collect())
}

#[test]
fn what_is_written_is_read_the_same() {
    let catalogue = Catalogue::core();
    for line in [
        json!({"contact": {"owner": ONE, "user": OTHER, "close_friend": true, "added_at": TIME}}),
        json!({"contact": {"owner": ONE, "user": OTHER, "added_at": TIME}}),
        json!({"block": {"blocker": ONE, "blocked": OTHER, "blocked_at": TIME}}),
        json!({"follow": {"follower": ONE, "following": OTHER, "status": "PENDING", "created_at": TIME}}),
        json!({"follow": {"follower": ONE, "following": OTHER, "status": "ACCEPTED", "created_at": TIME}}),
        json!({"exception": {"owner": ONE, "user": OTHER, "exceptions": {"view_profile": "never"}}}),
        json!({"erased": {"user": ONE, "at": TIME}}),
    ] {
        let written = match parse(&line).unwrap() {
            TransferLine::User(_) => unreachable!(),
            TransferLine::Contact(line) => Some(line.to_json()),
            TransferLine::Block(line) => Some(line.to_json()),
            TransferLine::Follow(line) => Some(line.to_json()),
            TransferLine::Exception(line) => line.to_json(&catalogue),
            TransferLine::Erased(line) => Some(line.to_json()),
        };
        assert_eq!(written, Some(line));
    }
}

#[test]
fn a_user_is_written_with_the_choices_that_the_catalogue_knows() {
    let catalogue = Catalogue::core();
    let id = Uuid::from_u128(1);
    let now = Timestamp::parse(TIME).unwrap();
    let mut user = User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), now);
    user.choices.choose("messaging.gone", json!(1));
    user.choices
        .choose("messaging.show_last_seen", json!(false));
    user.preferences.choose("theme.mode", json!("dark"));
    user.cohorts = Cohorts::of(["gone"]);
    let line = user_line(&catalogue, &user);
    let settings = json!({"messaging.show_last_seen": false, "preferences.theme.mode": "dark"});
    let expected = json!({"user": ONE, "settings": settings, "created_at": TIME});
    assert_eq!(line, expected);
    let TransferLine::User(read) = parse(&line).unwrap() else {
        panic!("{line}");
    };
    assert_eq!((read.user_id, read.created_at), (user.id, Some(now)));
    assert_eq!(read.cohorts, None);
    assert_eq!(read.choices.families().count(), 2);
}

#[test]
fn every_error_is_told_by_its_path() {
    for (line, fields) in [
        (json!([]), &[""][..]),
        (json!({}), &[""]),
        (json!({"nothing": {}}), &["nothing"]),
        (json!({"contact": 1}), &["contact"]),
        (
            json!({"contact": {"owner": ONE, "user": OTHER}, "block": {}}),
            &[""],
        ),
        (json!({"user": "x"}), &["user", "settings"]),
        (
            json!({"user": ONE, "settings": {"messaging.x": 1, "account.is_private": 2}, "cohorts": ["x"],
                "created_at": "now", "more": 1}),
            &[
                "more",
                "settings.messaging.x",
                "settings.account.is_private",
                "cohorts",
                "created_at",
            ],
        ),
        (
            json!({"contact": {"owner": ONE, "user": ONE}}),
            &["contact.user"],
        ),
        (
            json!({"contact": {"owner": "x", "user": OTHER, "close_friend": 1, "more": 1}}),
            &["contact.more", "contact.close_friend", "contact.owner"],
        ),
        (
            json!({"follow": {"follower": ONE, "following": OTHER, "status": "WITHHELD"}}),
            &["follow.status"],
        ),
        (
            json!({"exception": {"owner": ONE, "user": OTHER, "exceptions": {"x": "never", "view_profile": "maybe"}}}),
            &[
                "exception.exceptions.x",
                "exception.exceptions.view_profile",
            ],
        ),
        (
            json!({"exception": {"owner": ONE, "user": OTHER, "exceptions": {}}}),
            &["exception.exceptions"],
        ),
        (json!({"erased": {"user": ONE}}), &["erased.at"]),
        (
            json!({"erased": {"user": ONE, "at": "1969-12-31T23:59:59Z"}}),
            &["erased.at"],
        ),
    ] {
        assert_eq!(parse(&line).unwrap_err(), fields, "{line}");
    }
}
