-- +goose Up

-- What the lists are filtered by most. Without these, looking for the few in a rare
-- state, or of a time long ago, reads all that the workspace has.
CREATE INDEX documents_state ON documents (workspace_id, state, id DESC);
CREATE INDEX documents_time ON documents (workspace_id, create_time);
CREATE INDEX research_state ON research (workspace_id, state, id DESC);
CREATE INDEX research_time ON research (workspace_id, create_time);
