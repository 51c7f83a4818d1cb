-- The contacts of users. Mutual contacts are two rows.
CREATE TABLE contacts (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    contact_id BLOB NOT NULL CHECK (length(contact_id) = 16 AND contact_id <> owner_id),
    added_at INTEGER NOT NULL,
    close_friend INTEGER NOT NULL DEFAULT 0 CHECK (close_friend IN (0, 1)),
    -- A list, newest first, reads all of the owner's rows and sorts them. There are at most 10,000.
    PRIMARY KEY (owner_id, contact_id)
) STRICT, WITHOUT ROWID;

-- The users who have added a user, for erasures.
CREATE INDEX contacts_reverse ON contacts (contact_id);
