-- Follows and requests to follow.
CREATE TABLE follows (
    id BLOB NOT NULL CHECK (length(id) = 16),
    follower_id BLOB NOT NULL CHECK (length(follower_id) = 16 AND follower_id <> following_id),
    following_id BLOB NOT NULL CHECK (length(following_id) = 16),
    -- A withheld request was sent to a user who blocks the sender. Only the sender sees it.
    status TEXT NOT NULL CHECK (status IN ('pending', 'withheld', 'accepted')),
    created_at INTEGER NOT NULL,
    -- When it was accepted. NULL for a request.
    decided_at INTEGER CHECK ((decided_at IS NULL) = (status <> 'accepted')),
    -- The rows of a followed user, who decides about them, are together. A decision looks up one pair.
    PRIMARY KEY (following_id, follower_id),
    UNIQUE (following_id, id)
) STRICT, WITHOUT ROWID;

-- Followers and requests received, newest first.
CREATE INDEX follows_received ON follows (following_id, status, created_at DESC, id DESC);
-- Follows of a user and sent requests, newest first. Erasures use this index, too.
CREATE INDEX follows_sent ON follows (follower_id, status, created_at DESC, id DESC);

-- The lengths of a user's lists, so that they need not be counted. Every transaction that changes follows changes these
-- rows, too. A user who never had a follow or a request has no row.
CREATE TABLE follow_counts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    followers INTEGER NOT NULL CHECK (followers >= 0),
    following INTEGER NOT NULL CHECK (following >= 0),
    requests_received INTEGER NOT NULL CHECK (requests_received >= 0)
) STRICT, WITHOUT ROWID;
