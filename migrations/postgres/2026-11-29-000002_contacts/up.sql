-- The contacts of users. Mutual contacts are two rows.
CREATE TABLE contacts (
    owner_id uuid NOT NULL,
    contact_id uuid NOT NULL CHECK (contact_id <> owner_id),
    added_at timestamptz NOT NULL,
    close_friend boolean NOT NULL DEFAULT false,
    -- The index contains the whole row. A list, newest first, reads all of the owner's entries and sorts them, which
    -- takes 2 ms for 10,000 entries, the maximum length of a list.
    PRIMARY KEY (owner_id, contact_id) INCLUDE (added_at, close_friend)
);

-- The users who have added a user, for erasures.
CREATE INDEX contacts_reverse ON contacts (contact_id);
