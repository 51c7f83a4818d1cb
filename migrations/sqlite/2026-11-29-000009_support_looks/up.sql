-- One row for each time that a member of the product's staff looked at a user's data. The user sees these rows.
CREATE TABLE support_looks (
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    -- A UUIDv7, so that the order of the ids is the order of the looks.
    id BLOB NOT NULL CHECK (length(id) = 16),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    occurred_at INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 200 AND reason NOT GLOB '*[^ -~]*'),
    request_id TEXT NOT NULL
        CHECK (octet_length(request_id) BETWEEN 1 AND 128 AND request_id NOT GLOB '*[^!-~]*'),
    -- A backward scan lists the looks at a user, newest first.
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
