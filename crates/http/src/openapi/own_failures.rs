//! Failures that a few operations have of their own, and what they mean there.

use privet_domain::FieldError;
use privet_http_core::auth::admission::NO_ACCOUNT;
use privet_http_core::errors::ApiError;

use super::failures::Named;

/// What an operation may answer besides what every other like it may.
pub fn own_failures(id: &str) -> Vec<Named> {
    match id {
        "add_contact" => with_oneself(none_such("The other user was deleted.", CONTACT)),
        "get_contact" | "remove_contact" => {
            none_such("That user is none of the caller's contacts.", CONTACT)
        }
        "add_block" => with_oneself(none_such("The other user was deleted.", BLOCK)),
        "get_block" | "remove_block" => none_such("The caller does not block that user.", BLOCK),
        "follow" => with_oneself(none_such(
            "The other user was deleted, or one of the two blocks the other.",
            FOLLOW,
        )),
        "unfollow" => none_such(
            "The caller neither follows that user nor asked to, or the user was deleted.",
            FOLLOW,
        ),
        "remove_follower" => none_such(
            "That user does not follow the caller, or was deleted.",
            FOLLOW,
        ),
        "check_follow" | "get_follow_stats" => none_such("That user was deleted.", FOLLOW),
        "list_followers" | "list_following" => {
            let mut failures = none_such("That user was deleted.", FOLLOW);
            let meaning =
                "The account is private, and the caller is none of its accepted followers.";
            let error = ApiError::Forbidden("This is for the account's accepted followers.");
            failures.push(Named::new("private", meaning, error));
            failures
        }
        "accept_follow_request" | "decline_follow_request" => {
            let meaning = "There is no such request to the caller.";
            let mut failures = none_such(meaning, "There is no such request.");
            let error = ApiError::Conflict("The request was accepted before.");
            failures.push(Named::new(
                "accepted before",
                "The request was accepted before.",
                error,
            ));
            failures
        }
        "erase_me" => {
            let meaning = "The token carries a service's scope: a service has no account.";
            vec![Named::new(
                "a service",
                meaning,
                ApiError::Forbidden(NO_ACCOUNT),
            )]
        }
        _ => Vec::new(),
    }
}

const CONTACT: &str = "There is no such contact.";
const BLOCK: &str = "There is no such block.";
const FOLLOW: &str = "There is no such user, follow or request.";

fn with_oneself(mut failures: Vec<Named>) -> Vec<Named> {
    let wrong = FieldError::new("userId", "must be somebody else");
    let error = ApiError::InvalidParameters(vec![wrong]);
    failures.push(Named::new(
        "oneself",
        "`userId` is the caller's own.",
        error,
    ));
    failures
}

fn none_such(meaning: &str, told: &'static str) -> Vec<Named> {
    vec![Named::new("none such", meaning, ApiError::Absent(told))]
}
