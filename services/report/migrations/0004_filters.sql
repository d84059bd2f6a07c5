-- +goose Up

-- The reports on an analysis, and those of a time, without reading all of the workspace.
CREATE INDEX reports_analysis ON reports (analysis_id, id DESC);
CREATE INDEX reports_time ON reports (workspace_id, create_time);
