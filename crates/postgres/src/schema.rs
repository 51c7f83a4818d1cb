//! The tables as Diesel sees them. The tests compare this file with the migrated database.

diesel::table! {
    users (user_id) {
        user_id -> Uuid,
        created_at -> Timestamptz,
        account_id -> Uuid,
        revision -> BigInt,
        choices -> Jsonb,
        preferences -> Jsonb,
        cohorts -> Jsonb,
        versions -> Jsonb,
        has_exceptions -> Bool,
    }
}

diesel::table! {
    erased_users (user_id) {
        user_id -> Uuid,
        erased_at -> Timestamptz,
    }
}

diesel::table! {
    erasures_under_way (user_id) {
        user_id -> Uuid,
        begun_at -> Timestamptz,
    }
}

diesel::table! {
    erasure_receipts (user_id) {
        user_id -> Uuid,
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
        user_id -> Uuid,
        id -> Uuid,
        actor_id -> Uuid,
        occurred_at -> Timestamptz,
        setting -> Text,
        old_value -> Jsonb,
        new_value -> Jsonb,
        request_id -> Text,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    support_looks (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        actor_id -> Uuid,
        occurred_at -> Timestamptz,
        reason -> Text,
        request_id -> Text,
    }
}

diesel::table! {
    contacts (owner_id, contact_id) {
        owner_id -> Uuid,
        contact_id -> Uuid,
        added_at -> Timestamptz,
        close_friend -> Bool,
    }
}

diesel::table! {
    blocks (blocker_id, blocked_id) {
        blocker_id -> Uuid,
        blocked_id -> Uuid,
        blocked_at -> Timestamptz,
    }
}

diesel::table! {
    exceptions (owner_id, person_id) {
        owner_id -> Uuid,
        person_id -> Uuid,
        by_action -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    list_counts (user_id) {
        user_id -> Uuid,
        contacts -> Integer,
        blocks -> Integer,
        exceptions -> Integer,
    }
}

diesel::table! {
    follows (following_id, follower_id) {
        id -> Uuid,
        follower_id -> Uuid,
        following_id -> Uuid,
        status -> Text,
        created_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    follow_counts (user_id) {
        user_id -> Uuid,
        followers -> BigInt,
        following -> BigInt,
        requests_received -> BigInt,
    }
}

diesel::table! {
    cache_epoch (only_row) {
        only_row -> Bool,
        epoch -> Uuid,
        server_id -> Nullable<Text>,
        suspensions -> BigInt,
    }
}

diesel::table! {
    changes (transaction, number) {
        transaction -> BigInt,
        number -> BigInt,
        at -> Timestamptz,
        user_id -> Nullable<Uuid>,
        kinds -> SmallInt,
    }
}

diesel::table! {
    feed (only_row) {
        only_row -> Bool,
        epoch -> Uuid,
        belongs_to -> Text,
        earliest_transaction -> BigInt,
        earliest_number -> BigInt,
        catalogue -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(erased_users, users, blocks, exceptions);
diesel::allow_tables_to_appear_in_same_query!(follow_counts, follows);
diesel::allow_tables_to_appear_in_same_query!(erased_users, erasure_receipts);
