-- How long a user's lists are, so that nobody has to count them. Every transaction that changes follows changes these
-- rows last, in the order of their keys. A user who never had any has no row.
CREATE TABLE follow_counts (
    user_id uuid PRIMARY KEY,
    followers bigint NOT NULL CHECK (followers >= 0),
    following bigint NOT NULL CHECK (following >= 0),
    requests_received bigint NOT NULL CHECK (requests_received >= 0)
)
-- Somebody well known has their row changed many times a second. No index is on a changed column, so with room left
-- in each page the new version of a row stays in it.
WITH (fillfactor = 50);

INSERT INTO follow_counts (user_id, followers, following, requests_received)
    SELECT user_id, sum(followers), sum(following), sum(requests) FROM (
        SELECT following_id AS user_id, count(*) FILTER (WHERE status = 'accepted') AS followers, 0 AS following,
            count(*) FILTER (WHERE status = 'pending') AS requests FROM follows GROUP BY following_id
        UNION ALL SELECT follower_id, 0, count(*), 0 FROM follows WHERE status = 'accepted' GROUP BY follower_id
    ) AS counted GROUP BY user_id;
