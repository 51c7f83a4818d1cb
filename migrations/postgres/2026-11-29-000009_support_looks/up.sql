-- One row for each time that a member of the product's staff looked at a user's data. The user sees these rows.
CREATE TABLE support_looks (
    user_id uuid NOT NULL,
    -- A UUIDv7, so that the order of the ids is the order of the looks.
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 200 AND reason !~ '[^\x20-\x7e]'),
    request_id text NOT NULL CHECK (octet_length(request_id) BETWEEN 1 AND 128 AND request_id !~ '[^\x21-\x7e]'),
    -- A backward scan lists the looks at a user, newest first.
    PRIMARY KEY (user_id, id)
);
