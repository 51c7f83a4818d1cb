-- One row for each user: the choices, and when each family of settings last changed. The effective settings are
-- computed from the choices and the catalogue. A new setting or family needs no migration.
CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    -- The id of the account privacy record.
    account_id uuid NOT NULL,
    -- Counts the changes of the row. The revision of a family is the value at the family's last change.
    revision bigint NOT NULL CHECK (revision >= 1),
    -- A flat object from a setting's dotted name to the chosen value.
    choices jsonb NOT NULL CHECK (jsonb_typeof(choices) = 'object'),
    -- A flat object from a preference's dotted key to the chosen value.
    preferences jsonb NOT NULL CHECK (jsonb_typeof(preferences) = 'object'),
    -- A list of the names of the user's cohorts.
    cohorts jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(cohorts) = 'array'),
    -- For each family that changed, and for the cohorts: [revision, time in microseconds since 1970].
    versions jsonb NOT NULL CHECK (jsonb_typeof(versions) = 'object'),
    -- Whether a decision about the user must read `exceptions`. It may still be true after the last person with
    -- exceptions was erased.
    has_exceptions boolean NOT NULL DEFAULT false
)
-- No update changes an indexed column. If a page has free space, the new version of a row is stored in the same page (a
-- heap-only tuple). Then no index is written, and old versions are removed without a vacuum.
WITH (fillfactor = 90);
