-- Whom a user knows. Mutual contacts are two rows.
CREATE TABLE contacts (
    owner_id uuid NOT NULL,
    contact_id uuid NOT NULL CHECK (contact_id <> owner_id),
    added_at timestamptz NOT NULL,
    close_friend boolean NOT NULL DEFAULT false,
    -- A decision asks for just these, and finds the answer in the index.
    PRIMARY KEY (owner_id, contact_id) INCLUDE (close_friend)
);

-- A user's contacts, newest first.
CREATE INDEX contacts_newest ON contacts (owner_id, added_at DESC, contact_id DESC);
-- Whoever added a user: erasure looks for them.
CREATE INDEX contacts_reverse ON contacts (contact_id);
