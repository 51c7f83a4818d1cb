-- Whom a user wants nothing to do with.
CREATE TABLE blocks (
    blocker_id uuid NOT NULL,
    blocked_id uuid NOT NULL CHECK (blocked_id <> blocker_id),
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);

-- A user's blocks, newest first.
CREATE INDEX blocks_newest ON blocks (blocker_id, blocked_at DESC, blocked_id DESC);
-- Whoever blocked a user: erasure looks for them.
CREATE INDEX blocks_reverse ON blocks (blocked_id);
