-- +goose Up

-- The conversations about runs: a question with its answer is a row.
CREATE TABLE messages (
    id           uuid PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    analysis_id  uuid        NOT NULL REFERENCES analyses ON DELETE CASCADE,
    user_id      uuid        NOT NULL,
    question     text        NOT NULL,
    -- The contract's Answer, in JSON.
    answer       jsonb       NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX messages_analysis ON messages (analysis_id, id);
CREATE INDEX messages_workspace ON messages (workspace_id);
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON messages USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
