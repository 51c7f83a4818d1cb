-- Tombstones: all that remains of an erased user is the id and the time of the erasure.
CREATE TABLE erased_users (
    user_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- Erased users with rows left in other tables. These rows are hidden. They are deleted in batches, and then the row
-- here is deleted. The table has few rows, and is usually empty.
CREATE TABLE erasures_under_way (
    user_id uuid PRIMARY KEY,
    begun_at timestamptz NOT NULL
);
