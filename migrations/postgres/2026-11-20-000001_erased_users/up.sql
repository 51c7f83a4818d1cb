-- What erasure leaves: that there was somebody, and since when there is not.
CREATE TABLE erased_users (
    user_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
