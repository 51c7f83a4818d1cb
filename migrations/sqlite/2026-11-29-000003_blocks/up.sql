-- The blocks of users.
CREATE TABLE blocks (
    blocker_id BLOB NOT NULL CHECK (length(blocker_id) = 16),
    blocked_id BLOB NOT NULL CHECK (length(blocked_id) = 16 AND blocked_id <> blocker_id),
    blocked_at INTEGER NOT NULL,
    -- A list, newest first, reads all of the blocker's rows and sorts them.
    PRIMARY KEY (blocker_id, blocked_id)
) STRICT, WITHOUT ROWID;

-- The users who have blocked a user, for erasures.
CREATE INDEX blocks_reverse ON blocks (blocked_id);
