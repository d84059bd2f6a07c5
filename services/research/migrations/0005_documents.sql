-- +goose Up

-- What a document says of itself, and where it was read from.
ALTER TABLE documents
    ADD COLUMN url         text   NOT NULL DEFAULT '',
    ADD COLUMN authors     text[] NOT NULL DEFAULT '{}',
    -- A year, a month or a day, as precise as the document is.
    ADD COLUMN published   text   NOT NULL DEFAULT '',
    ADD COLUMN license     text   NOT NULL DEFAULT '',
    -- Kind to value: {"doi": "10.1000/182"}.
    ADD COLUMN identifiers jsonb  NOT NULL DEFAULT '{}';

-- The collections with their sizes, and the size of a library that has a quota.
-- The state is not in it: it changes twice while a document is read.
CREATE INDEX documents_collection ON documents (workspace_id, collection) INCLUDE (size_bytes);
-- Deleting a document asks whether another one has the same text.
CREATE INDEX documents_text ON documents (workspace_id, text_sha256) WHERE text_sha256 <> '';
