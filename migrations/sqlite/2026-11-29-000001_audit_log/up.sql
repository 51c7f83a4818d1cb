-- One row for each changed setting. It is inserted in the transaction of the change, and never updated.
CREATE TABLE audit_log (
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    -- A UUIDv7, so that the order of the ids is the order of the changes.
    id BLOB NOT NULL CHECK (length(id) = 16),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    occurred_at INTEGER NOT NULL,
    setting TEXT NOT NULL CHECK (octet_length(setting) BETWEEN 1 AND 255),
    -- JSON null is a stored value. SQL NULL is not allowed.
    old_value TEXT NOT NULL CHECK (json_valid(old_value)),
    new_value TEXT NOT NULL CHECK (json_valid(new_value)),
    request_id TEXT NOT NULL
        CHECK (octet_length(request_id) BETWEEN 1 AND 128 AND request_id NOT GLOB '*[^!-~]*'),
    -- Why a member of the product's staff made the change. NULL for changes of others.
    reason TEXT CHECK (octet_length(reason) BETWEEN 1 AND 200 AND reason NOT GLOB '*[^ -~]*'),
    -- A backward scan lists a user's history, newest first.
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- The history of one setting, newest first.
CREATE INDEX audit_log_by_setting ON audit_log (user_id, setting, id DESC);
