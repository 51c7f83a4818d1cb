-- The actions that one person may always or never do to a user, regardless of the user's settings. One row for each
-- such person.
CREATE TABLE exceptions (
    owner_id uuid NOT NULL,
    person_id uuid NOT NULL CHECK (person_id <> owner_id),
    -- A flat object from an action's name to "always" or "never".
    by_action jsonb NOT NULL CHECK (jsonb_typeof(by_action) = 'object'),
    updated_at timestamptz NOT NULL,
    -- A list, newest first, reads all of the owner's rows and sorts them. A user has exceptions for at most 1,000
    -- people.
    PRIMARY KEY (owner_id, person_id)
);

-- The users who have exceptions for a user, for erasures.
CREATE INDEX exceptions_reverse ON exceptions (person_id);

-- The numbers of a user's contacts, blocks and people with exceptions. They are limited, and stored so that they need
-- not be counted. Every transaction that changes the numbers changes these rows after those of the lists, in the order
-- of their keys. A user whose lists were always empty has no row.
CREATE TABLE list_counts (
    user_id uuid PRIMARY KEY,
    contacts integer NOT NULL CHECK (contacts >= 0),
    blocks integer NOT NULL CHECK (blocks >= 0),
    exceptions integer NOT NULL CHECK (exceptions >= 0)
)
WITH (fillfactor = 80);
