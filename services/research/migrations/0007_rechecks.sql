-- +goose Up

-- What became of a source since it was read: the newest answer only.
CREATE TABLE rechecks (
    source_id    uuid        PRIMARY KEY REFERENCES sources ON DELETE CASCADE,
    workspace_id uuid        NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('UNCHANGED', 'CHANGED', 'GONE', 'UNREADABLE')),
    reason       text        NOT NULL,
    -- The original bytes and the text read from them, in the blob store; empty when
    -- there are none.
    raw_sha256   text        NOT NULL,
    text_sha256  text        NOT NULL,
    media_type   text        NOT NULL,
    notices      jsonb       NOT NULL,
    -- How it was read; NULL when nobody fetched it.
    fetched      jsonb,
    check_time   timestamptz NOT NULL
);
CREATE INDEX rechecks_workspace ON rechecks (workspace_id);
-- Deleting a blob asks whether it is still in use.
CREATE INDEX rechecks_raw ON rechecks (workspace_id, raw_sha256);
CREATE INDEX rechecks_text ON rechecks (workspace_id, text_sha256);

ALTER TABLE rechecks ENABLE ROW LEVEL SECURITY;
ALTER TABLE rechecks FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON rechecks USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
