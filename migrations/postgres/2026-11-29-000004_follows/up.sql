-- Who follows whom, and who asked to.
CREATE TABLE follows (
    id uuid NOT NULL,
    follower_id uuid NOT NULL CHECK (follower_id <> following_id),
    following_id uuid NOT NULL,
    -- A withheld request was made by somebody whom the one who was asked blocks: only the one who made it is shown it.
    status text NOT NULL CHECK (status IN ('pending', 'withheld', 'accepted')),
    created_at timestamptz NOT NULL,
    -- When it was accepted; NULL while it is a request.
    decided_at timestamptz CHECK ((decided_at IS NULL) = (status <> 'accepted')),
    -- Rows stand with the one who is followed, who decides about them; a decision asks for just these two, and
    -- finds the answer in the index.
    PRIMARY KEY (following_id, follower_id) INCLUDE (status)
);

-- A request is decided by its id. Ids grow with time, so new entries go to the end of this index.
CREATE INDEX follows_by_id ON follows (id);

-- Followers and requests received, newest first.
CREATE INDEX follows_received ON follows (following_id, status, created_at DESC, id DESC);
-- Those whom a user follows and requests sent, newest first; erasure looks here, too.
CREATE INDEX follows_sent ON follows (follower_id, status, created_at DESC, id DESC);

-- How long a user's lists are, so that nobody has to count them. Every transaction that changes follows changes these
-- rows last, in the order of their keys. A user who never had any has no row.
CREATE TABLE follow_counts (
    user_id uuid PRIMARY KEY,
    followers bigint NOT NULL CHECK (followers >= 0),
    following bigint NOT NULL CHECK (following >= 0),
    requests_received bigint NOT NULL CHECK (requests_received >= 0)
)
-- The row of a popular user changes many times a second. No index holds a changed column, so with room left in each page
-- the new version of a row stays in its page.
WITH (fillfactor = 90);
