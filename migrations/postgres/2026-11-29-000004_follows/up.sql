-- Follows and requests to follow.
CREATE TABLE follows (
    id uuid NOT NULL,
    follower_id uuid NOT NULL CHECK (follower_id <> following_id),
    following_id uuid NOT NULL,
    -- A withheld request was sent to a user who blocks the sender. Only the sender sees it.
    status text NOT NULL CHECK (status IN ('pending', 'withheld', 'accepted')),
    created_at timestamptz NOT NULL,
    -- When it was accepted. NULL for a request.
    decided_at timestamptz CHECK ((decided_at IS NULL) = (status <> 'accepted')),
    -- The rows of a followed user, who decides about them, are together. A decision looks up one pair, and finds the
    -- status in the index.
    PRIMARY KEY (following_id, follower_id) INCLUDE (status)
);

-- A request is decided by its id. Ids grow with time, so that new entries are added at the end of this index.
CREATE INDEX follows_by_id ON follows (id);

-- Followers and requests received, newest first.
CREATE INDEX follows_received ON follows (following_id, status, created_at DESC, id DESC);
-- Follows of a user and sent requests, newest first. Erasures use this index, too.
CREATE INDEX follows_sent ON follows (follower_id, status, created_at DESC, id DESC);

-- The lengths of a user's lists, so that they need not be counted. Every transaction that changes follows changes these
-- rows last, in the order of their keys. A user who never had a follow or a request has no row.
CREATE TABLE follow_counts (
    user_id uuid PRIMARY KEY,
    followers bigint NOT NULL CHECK (followers >= 0),
    following bigint NOT NULL CHECK (following >= 0),
    requests_received bigint NOT NULL CHECK (requests_received >= 0)
)
-- The row of a popular user changes many times a second. No index contains a changed column, so that the new version of
-- a row stays in its page if the page has free space.
WITH (fillfactor = 90);
