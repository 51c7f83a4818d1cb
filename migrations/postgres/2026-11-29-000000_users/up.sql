-- One user, one row: what they chose, and when each family of settings last changed.
CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    -- The account privacy record's own id. Nobody looks for a user by it.
    account_id uuid NOT NULL,
    -- Counts the changes of the whole row.
    revision bigint NOT NULL CHECK (revision >= 1),
    -- Only what the user chose: flat objects from dotted name to value. Defaults are computed.
    choices jsonb NOT NULL CHECK (jsonb_typeof(choices) = 'object'),
    preferences jsonb NOT NULL CHECK (jsonb_typeof(preferences) = 'object'),
    -- Of each family that changed: the revision of the row at its last visible change, and the time of that change in
    -- microseconds since 1970-01-01T00:00:00Z, as {"messaging": [2, 1769855445123456]}.
    versions jsonb NOT NULL CHECK (jsonb_typeof(versions) = 'object')
)
-- No update changes an indexed column. With room left in each page the new version of a row is written beside the old
-- one (a heap-only tuple): no index is written, and old versions are cleared away without waiting for a vacuum.
WITH (fillfactor = 80);
