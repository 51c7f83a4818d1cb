-- Receipts of erasures, with the numbers of deleted rows that were the user's own. A row is inserted with the tombstone
-- if a receipt key is configured. Every transaction that deletes rows adds to the numbers.
CREATE TABLE erasure_receipts (
    user_id uuid PRIMARY KEY,
    contacts bigint NOT NULL CHECK (contacts >= 0),
    blocks bigint NOT NULL CHECK (blocks >= 0),
    exceptions bigint NOT NULL CHECK (exceptions >= 0),
    follows bigint NOT NULL CHECK (follows >= 0),
    audit_entries bigint NOT NULL CHECK (audit_entries >= 0),
    -- A JWS in compact form. NULL until the erasure is complete and somebody asks for the receipt.
    signed text CHECK (octet_length(signed) BETWEEN 1 AND 2048)
);
