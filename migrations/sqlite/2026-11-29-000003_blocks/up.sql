-- Whom a user wants nothing to do with.
CREATE TABLE blocks (
    blocker_id BLOB NOT NULL CHECK (length(blocker_id) = 16),
    blocked_id BLOB NOT NULL CHECK (length(blocked_id) = 16 AND blocked_id <> blocker_id),
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
) STRICT, WITHOUT ROWID;

-- A user's blocks, newest first.
CREATE INDEX blocks_newest ON blocks (blocker_id, blocked_at DESC, blocked_id DESC);
-- Whoever blocked a user: erasure looks for them.
CREATE INDEX blocks_reverse ON blocks (blocked_id);
