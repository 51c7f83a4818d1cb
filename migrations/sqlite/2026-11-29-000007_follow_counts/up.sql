-- How long a user's lists are, so that nobody has to count them. Every transaction that changes follows changes these
-- rows, too. A user who never had any has no row.
CREATE TABLE follow_counts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    followers INTEGER NOT NULL CHECK (followers >= 0),
    following INTEGER NOT NULL CHECK (following >= 0),
    requests_received INTEGER NOT NULL CHECK (requests_received >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO follow_counts (user_id, followers, following, requests_received)
    SELECT user_id, sum(followers), sum(following), sum(requests) FROM (
        SELECT following_id AS user_id, count(*) FILTER (WHERE status = 'accepted') AS followers, 0 AS following,
            count(*) FILTER (WHERE status = 'pending') AS requests FROM follows GROUP BY following_id
        UNION ALL SELECT follower_id, 0, count(*), 0 FROM follows WHERE status = 'accepted' GROUP BY follower_id
    ) AS counted GROUP BY user_id;
