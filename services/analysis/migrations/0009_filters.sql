-- +goose Up

-- What the list of runs is filtered by most. Without these, looking for the few in a
-- rare state, or of a time long ago, reads all runs of the workspace.
CREATE INDEX analyses_state ON analyses (workspace_id, state, id DESC);
CREATE INDEX analyses_time ON analyses (workspace_id, create_time);
