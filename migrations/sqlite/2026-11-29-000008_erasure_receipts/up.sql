-- Receipts of erasures, with the numbers of deleted rows that were the user's own. A row is inserted with the tombstone
-- if a receipt key is configured. Every transaction that deletes rows adds to the numbers.
CREATE TABLE erasure_receipts (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    contacts INTEGER NOT NULL CHECK (contacts >= 0),
    blocks INTEGER NOT NULL CHECK (blocks >= 0),
    exceptions INTEGER NOT NULL CHECK (exceptions >= 0),
    follows INTEGER NOT NULL CHECK (follows >= 0),
    audit_entries INTEGER NOT NULL CHECK (audit_entries >= 0),
    -- A JWS in compact form. NULL until the erasure is complete and somebody asks for the receipt.
    signed TEXT CHECK (octet_length(signed) BETWEEN 1 AND 2048)
) STRICT, WITHOUT ROWID;
