-- One row for each time that a member of the product's staff looked at a user's data. The user sees these rows.
CREATE TABLE support_looks (
    user_id uuid NOT NULL,
    -- A UUIDv7, so that the order of the ids is the order of the looks.
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason ~ '^[\x20-\x7e]{1,200}$'),
    request_id text NOT NULL CHECK (request_id ~ '^[\x21-\x7e]{1,128}$'),
    -- A backward scan lists the looks at a user, newest first.
    PRIMARY KEY (user_id, id)
);
