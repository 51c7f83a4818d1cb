-- One user, one row: every family of settings, each with the revision and the time of its last visible change.
-- Ids are blobs of 16 bytes, times are microseconds since 1970-01-01T00:00:00Z. Looked up by nothing but its key,
-- the table is kept in it (WITHOUT ROWID): one search instead of two.
CREATE TABLE users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    -- Counts the changes of the whole row; every family's revision is one of its earlier values.
    revision INTEGER NOT NULL CHECK (revision >= 1),

    account_id BLOB NOT NULL UNIQUE CHECK (length(account_id) = 16),
    account_is_private INTEGER NOT NULL CHECK (account_is_private IN (0, 1)),
    account_revision INTEGER NOT NULL CHECK (account_revision BETWEEN 1 AND revision),
    account_updated_at INTEGER NOT NULL,

    email_allow_email_contact INTEGER NOT NULL CHECK (email_allow_email_contact IN (0, 1)),
    email_revision INTEGER NOT NULL CHECK (email_revision BETWEEN 1 AND revision),
    email_updated_at INTEGER NOT NULL,

    messaging_show_read_receipts INTEGER NOT NULL CHECK (messaging_show_read_receipts IN (0, 1)),
    messaging_show_last_seen INTEGER NOT NULL CHECK (messaging_show_last_seen IN (0, 1)),
    messaging_show_typing_indicator INTEGER NOT NULL CHECK (messaging_show_typing_indicator IN (0, 1)),
    messaging_who_can_see_profile TEXT NOT NULL
        CHECK (messaging_who_can_see_profile IN ('everyone', 'contacts', 'nobody')),
    messaging_who_can_add_to_groups TEXT NOT NULL
        CHECK (messaging_who_can_add_to_groups IN ('everyone', 'contacts', 'nobody')),
    -- Seconds; NULL means that messages stay.
    messaging_disappearing_messages_default INTEGER
        CHECK (messaging_disappearing_messages_default IN (300, 3600, 86400, 604800)),
    messaging_revision INTEGER NOT NULL CHECK (messaging_revision BETWEEN 1 AND revision),
    messaging_updated_at INTEGER NOT NULL,

    -- Only what the user chose: a flat object from dotted key to value.
    preferences TEXT NOT NULL CHECK (json_valid(preferences) AND json_type(preferences) = 'object'),
    preferences_revision INTEGER NOT NULL CHECK (preferences_revision BETWEEN 1 AND revision),
    preferences_updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
