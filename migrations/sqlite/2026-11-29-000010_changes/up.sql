-- The feed of changes: one row for each change, inserted in the transaction of the change. It says whose data changed
-- and of what kind, never what the new values are. Rows are deleted from the beginning when they are old.
CREATE TABLE changes (
    -- One connection writes, so that changes commit in the order of their numbers. The newest row is never deleted, so
    -- that no number is used twice: when it is old, it is emptied.
    number INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    -- NULL if the change is about all users.
    user_id BLOB CHECK (length(user_id) = 16),
    -- One bit for each kind. 0 in an emptied row.
    kinds INTEGER NOT NULL
) STRICT;

-- The state of the feed: one row, without data about users.
CREATE TABLE feed (
    only_row INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    -- Part of every cursor. It is replaced, and `changes` is emptied, if the file is not the one of `belongs_to`: after
    -- a restore numbers may repeat.
    epoch BLOB NOT NULL CHECK (length(epoch) = 16),
    belongs_to TEXT NOT NULL,
    -- The last deleted row of `changes`.
    earliest INTEGER NOT NULL,
    -- The last catalogue that is in use. NULL until there is one.
    catalogue INTEGER
) STRICT;
INSERT INTO feed (epoch, belongs_to, earliest) VALUES (randomblob(16), '', 0);
