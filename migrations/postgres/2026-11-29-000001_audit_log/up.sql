-- One row for each changed setting. It is inserted in the transaction of the change, and never updated.
CREATE TABLE audit_log (
    user_id uuid NOT NULL,
    -- A UUIDv7, so that the order of the ids is the order of the changes.
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    setting text NOT NULL CHECK (octet_length(setting) BETWEEN 1 AND 255),
    -- JSON null is a stored value. SQL NULL is not allowed.
    old_value jsonb NOT NULL,
    new_value jsonb NOT NULL,
    -- Not ~ '^[...]{1,128}$': a bounded repetition would take a third of the time of a change.
    request_id text NOT NULL CHECK (octet_length(request_id) BETWEEN 1 AND 128 AND request_id !~ '[^\x21-\x7e]'),
    -- Why a member of the product's staff made the change. NULL for changes of others.
    reason text CHECK (octet_length(reason) BETWEEN 1 AND 200 AND reason !~ '[^\x20-\x7e]'),
    -- A backward scan lists a user's history, newest first. The first column is the one by which a distributed database
    -- would partition the rows.
    PRIMARY KEY (user_id, id)
);

-- The history of one setting, newest first.
CREATE INDEX audit_log_by_setting ON audit_log (user_id, setting, id DESC);
