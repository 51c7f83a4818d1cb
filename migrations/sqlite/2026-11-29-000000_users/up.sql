-- One row for each user: the choices, and when each family of settings last changed. The effective settings are
-- computed from the choices and the catalogue. A new setting or family needs no migration.
--
-- Ids are blobs of 16 bytes, times are microseconds since 1970-01-01T00:00:00Z. The table is stored in its primary key
-- (WITHOUT ROWID), because it is only read by this key: one search instead of two.
CREATE TABLE users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    -- The id of the account privacy record.
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    -- Counts the changes of the row. The revision of a family is the value at the family's last change.
    revision INTEGER NOT NULL CHECK (revision >= 1),
    -- A flat object from a setting's dotted name to the chosen value.
    choices TEXT NOT NULL CHECK (json_valid(choices) AND json_type(choices) = 'object'),
    -- A flat object from a preference's dotted key to the chosen value.
    preferences TEXT NOT NULL CHECK (json_valid(preferences) AND json_type(preferences) = 'object'),
    -- A list of the names of the user's cohorts.
    cohorts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(cohorts) AND json_type(cohorts) = 'array'),
    -- For each family that changed, and for the cohorts: [revision, time].
    versions TEXT NOT NULL CHECK (json_valid(versions) AND json_type(versions) = 'object'),
    -- Whether a decision about the user must read `exceptions`. It may still be true after the last person with
    -- exceptions was erased.
    has_exceptions INTEGER NOT NULL DEFAULT 0 CHECK (has_exceptions IN (0, 1))
) STRICT, WITHOUT ROWID;
