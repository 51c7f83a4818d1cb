-- One user, one row: what they chose, and when each family of settings last changed. What is in force is computed from
-- the choices and the catalogue. A new setting or family needs no migration.
-- Ids are blobs of 16 bytes, times are microseconds since 1970-01-01T00:00:00Z. The table is looked up by its key alone
-- and is kept in it (WITHOUT ROWID): one search instead of two.
CREATE TABLE users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    -- The account privacy record's own id.
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    -- Counts the changes of the row; every family's revision is one of its earlier values.
    revision INTEGER NOT NULL CHECK (revision >= 1),
    -- A flat object from a setting's dotted name to the chosen value.
    choices TEXT NOT NULL CHECK (json_valid(choices) AND json_type(choices) = 'object'),
    -- A flat object from a preference's dotted key to the chosen value.
    preferences TEXT NOT NULL CHECK (json_valid(preferences) AND json_type(preferences) = 'object'),
    -- A list of the names of the cohorts that the user belongs to.
    cohorts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(cohorts) AND json_type(cohorts) = 'array'),
    -- Of each family that changed, and of the cohorts: [revision, time].
    versions TEXT NOT NULL CHECK (json_valid(versions) AND json_type(versions) = 'object'),
    -- Whether to look for rows in `exceptions` when somebody asks what the user allows. It may stay true when the last
    -- person with exceptions was erased.
    has_exceptions INTEGER NOT NULL DEFAULT 0 CHECK (has_exceptions IN (0, 1))
) STRICT, WITHOUT ROWID;
