//! The tables as Diesel sees them. The tests compare this file with the migrated database.

diesel::table! {
    users (user_id) {
        user_id -> Binary,
        created_at -> BigInt,
        account_id -> Binary,
        revision -> BigInt,
        choices -> Json,
        preferences -> Json,
        cohorts -> Json,
        versions -> Json,
        has_exceptions -> Bool,
    }
}

diesel::table! {
    erased_users (user_id) {
        user_id -> Binary,
        erased_at -> BigInt,
    }
}

diesel::table! {
    erasures_under_way (user_id) {
        user_id -> Binary,
        begun_at -> BigInt,
    }
}

diesel::table! {
    erasure_receipts (user_id) {
        user_id -> Binary,
        contacts -> BigInt,
        blocks -> BigInt,
        exceptions -> BigInt,
        follows -> BigInt,
        audit_entries -> BigInt,
        signed -> Nullable<Text>,
    }
}

diesel::table! {
    audit_log (user_id, id) {
        user_id -> Binary,
        id -> Binary,
        actor_id -> Binary,
        occurred_at -> BigInt,
        setting -> Text,
        old_value -> Json,
        new_value -> Json,
        request_id -> Text,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    support_looks (user_id, id) {
        user_id -> Binary,
        id -> Binary,
        actor_id -> Binary,
        occurred_at -> BigInt,
        reason -> Text,
        request_id -> Text,
    }
}

diesel::table! {
    contacts (owner_id, contact_id) {
        owner_id -> Binary,
        contact_id -> Binary,
        added_at -> BigInt,
        close_friend -> Bool,
    }
}

diesel::table! {
    blocks (blocker_id, blocked_id) {
        blocker_id -> Binary,
        blocked_id -> Binary,
        blocked_at -> BigInt,
    }
}

diesel::table! {
    exceptions (owner_id, person_id) {
        owner_id -> Binary,
        person_id -> Binary,
        by_action -> Json,
        updated_at -> BigInt,
    }
}

diesel::table! {
    list_counts (user_id) {
        user_id -> Binary,
        contacts -> Integer,
        blocks -> Integer,
        exceptions -> Integer,
    }
}

diesel::table! {
    follows (following_id, follower_id) {
        id -> Binary,
        follower_id -> Binary,
        following_id -> Binary,
        status -> Text,
        created_at -> BigInt,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    follow_counts (user_id) {
        user_id -> Binary,
        followers -> BigInt,
        following -> BigInt,
        requests_received -> BigInt,
    }
}

diesel::table! {
    changes (number) {
        number -> BigInt,
        at -> BigInt,
        user_id -> Nullable<Binary>,
        kinds -> SmallInt,
    }
}

diesel::table! {
    feed (only_row) {
        only_row -> Bool,
        epoch -> Binary,
        belongs_to -> Text,
        earliest -> BigInt,
        catalogue -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(erased_users, users, blocks, exceptions);
diesel::allow_tables_to_appear_in_same_query!(follow_counts, follows);
diesel::allow_tables_to_appear_in_same_query!(erased_users, erasure_receipts);
