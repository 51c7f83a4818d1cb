-- One user, one row: every family of settings, each with the revision and the time of its last visible change.
CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    -- Counts the changes of the whole row; every family's revision is one of its earlier values.
    revision bigint NOT NULL CHECK (revision >= 1),

    account_id uuid NOT NULL UNIQUE,
    account_is_private boolean NOT NULL,
    account_revision bigint NOT NULL CHECK (account_revision BETWEEN 1 AND revision),
    account_updated_at timestamptz NOT NULL,

    email_allow_email_contact boolean NOT NULL,
    email_revision bigint NOT NULL CHECK (email_revision BETWEEN 1 AND revision),
    email_updated_at timestamptz NOT NULL,

    messaging_show_read_receipts boolean NOT NULL,
    messaging_show_last_seen boolean NOT NULL,
    messaging_show_typing_indicator boolean NOT NULL,
    messaging_who_can_see_profile text NOT NULL
        CHECK (messaging_who_can_see_profile IN ('everyone', 'contacts', 'nobody')),
    messaging_who_can_add_to_groups text NOT NULL
        CHECK (messaging_who_can_add_to_groups IN ('everyone', 'contacts', 'nobody')),
    -- Seconds; NULL means that messages stay.
    messaging_disappearing_messages_default integer
        CHECK (messaging_disappearing_messages_default IN (300, 3600, 86400, 604800)),
    messaging_revision bigint NOT NULL CHECK (messaging_revision BETWEEN 1 AND revision),
    messaging_updated_at timestamptz NOT NULL,

    -- Only what the user chose: a flat object from dotted key to value.
    preferences jsonb NOT NULL CHECK (jsonb_typeof(preferences) = 'object'),
    preferences_revision bigint NOT NULL CHECK (preferences_revision BETWEEN 1 AND revision),
    preferences_updated_at timestamptz NOT NULL
)
-- No update touches an indexed column. With room left in each page the new version of a row lands beside the old
-- one (a heap-only tuple): no index is written, and what is dead is cleared away without waiting for a vacuum.
WITH (fillfactor = 80);
