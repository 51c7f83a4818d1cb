-- What one person always or never may do to a user, whatever the user's settings. One row for each such person.
CREATE TABLE exceptions (
    owner_id uuid NOT NULL,
    person_id uuid NOT NULL CHECK (person_id <> owner_id),
    -- A flat object from an action's name to "always" or "never".
    by_action jsonb NOT NULL CHECK (jsonb_typeof(by_action) = 'object'),
    updated_at timestamptz NOT NULL,
    -- A list, newest first, reads all of the owner's rows and sorts them: nobody has exceptions for more than 1,000 people.
    PRIMARY KEY (owner_id, person_id)
);

-- Whoever has exceptions for a user: erasure looks for them.
CREATE INDEX exceptions_reverse ON exceptions (person_id);

-- How many contacts and blocks a user has, and for how many people there are exceptions: each is bounded, and nobody has to
-- count them. Every transaction that changes their number changes these rows behind those, in the order of their keys. A
-- user who never had any has no row.
CREATE TABLE list_counts (
    user_id uuid PRIMARY KEY,
    contacts integer NOT NULL CHECK (contacts >= 0),
    blocks integer NOT NULL CHECK (blocks >= 0),
    exceptions integer NOT NULL CHECK (exceptions >= 0)
)
WITH (fillfactor = 80);
