-- One user, one row: what they chose, and when each family of settings last changed. What is in force is computed from
-- the choices and the catalogue. A new setting or family needs no migration.
CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    -- The account privacy record's own id.
    account_id uuid NOT NULL,
    -- Counts the changes of the row; every family's revision is one of its earlier values.
    revision bigint NOT NULL CHECK (revision >= 1),
    -- A flat object from a setting's dotted name to the chosen value.
    choices jsonb NOT NULL CHECK (jsonb_typeof(choices) = 'object'),
    -- A flat object from a preference's dotted key to the chosen value.
    preferences jsonb NOT NULL CHECK (jsonb_typeof(preferences) = 'object'),
    -- A list of the names of the cohorts that the user belongs to.
    cohorts jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(cohorts) = 'array'),
    -- Of each family that changed, and of the cohorts: [revision, time in microseconds since 1970].
    versions jsonb NOT NULL CHECK (jsonb_typeof(versions) = 'object'),
    -- Whether to look for rows in `exceptions` when somebody asks what the user allows. It may stay true when the last
    -- person with exceptions was erased.
    has_exceptions boolean NOT NULL DEFAULT false
)
-- No update touches an indexed column. With room left in each page the new version of a row lands beside the old
-- one (a heap-only tuple): no index is written, and dead versions are removed without waiting for a vacuum.
WITH (fillfactor = 90);
