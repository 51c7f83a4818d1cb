-- Who follows whom, and who asked to.
CREATE TABLE follows (
    id BLOB NOT NULL CHECK (length(id) = 16),
    follower_id BLOB NOT NULL CHECK (length(follower_id) = 16 AND follower_id <> following_id),
    following_id BLOB NOT NULL CHECK (length(following_id) = 16),
    -- A withheld request was made by somebody whom the one who was asked blocks: only the one who made it is shown it.
    status TEXT NOT NULL CHECK (status IN ('pending', 'withheld', 'accepted')),
    created_at INTEGER NOT NULL,
    -- When it was accepted; NULL while it is a request.
    decided_at INTEGER CHECK ((decided_at IS NULL) = (status <> 'accepted')),
    -- Rows stand with the one who is followed, who decides about them; a decision asks for just these two.
    PRIMARY KEY (following_id, follower_id),
    UNIQUE (following_id, id)
) STRICT, WITHOUT ROWID;

-- Followers and requests received, newest first.
CREATE INDEX follows_received ON follows (following_id, status, created_at DESC, id DESC);
-- Those whom a user follows and requests sent, newest first; erasure looks here, too.
CREATE INDEX follows_sent ON follows (follower_id, status, created_at DESC, id DESC);

-- How long a user's lists are, so that nobody has to count them. Every transaction that changes follows changes these
-- rows, too. A user who never had any has no row.
CREATE TABLE follow_counts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    followers INTEGER NOT NULL CHECK (followers >= 0),
    following INTEGER NOT NULL CHECK (following >= 0),
    requests_received INTEGER NOT NULL CHECK (requests_received >= 0)
) STRICT, WITHOUT ROWID;
