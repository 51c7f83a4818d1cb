-- What one person always or never may do to a user, whatever the user's settings. One row for each such person.
CREATE TABLE exceptions (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    person_id BLOB NOT NULL CHECK (length(person_id) = 16 AND person_id <> owner_id),
    -- A flat object from an action's name to "always" or "never".
    by_action TEXT NOT NULL CHECK (json_valid(by_action) AND json_type(by_action) = 'object'),
    updated_at INTEGER NOT NULL,
    -- A list, newest first, reads all of the owner's rows and sorts them: nobody has exceptions for more than 1,000 people.
    PRIMARY KEY (owner_id, person_id)
) STRICT, WITHOUT ROWID;

-- Whoever has exceptions for a user: erasure looks for them.
CREATE INDEX exceptions_reverse ON exceptions (person_id);

-- How many contacts and blocks a user has, and for how many people there are exceptions: each is bounded, and nobody has to
-- count them. Every transaction that changes their number changes these rows, too. A user who never had any has no row.
CREATE TABLE list_counts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    contacts INTEGER NOT NULL CHECK (contacts >= 0),
    blocks INTEGER NOT NULL CHECK (blocks >= 0),
    exceptions INTEGER NOT NULL CHECK (exceptions >= 0)
) STRICT, WITHOUT ROWID;
