-- The actions that one person may always or never do to a user, regardless of the user's settings. One row for each
-- such person.
CREATE TABLE exceptions (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    person_id BLOB NOT NULL CHECK (length(person_id) = 16 AND person_id <> owner_id),
    -- A flat object from an action's name to "always" or "never".
    by_action TEXT NOT NULL CHECK (json_valid(by_action) AND json_type(by_action) = 'object'),
    updated_at INTEGER NOT NULL,
    -- A list, newest first, reads all of the owner's rows and sorts them. A user has exceptions for at most 1,000
    -- people.
    PRIMARY KEY (owner_id, person_id)
) STRICT, WITHOUT ROWID;

-- The users who have exceptions for a user, for erasures.
CREATE INDEX exceptions_reverse ON exceptions (person_id);

-- The numbers of a user's contacts, blocks and people with exceptions. They are limited, and stored so that they need
-- not be counted. Every transaction that changes the numbers changes these rows, too. A user whose lists were always
-- empty has no row.
CREATE TABLE list_counts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    contacts INTEGER NOT NULL CHECK (contacts >= 0),
    blocks INTEGER NOT NULL CHECK (blocks >= 0),
    exceptions INTEGER NOT NULL CHECK (exceptions >= 0)
) STRICT, WITHOUT ROWID;
