-- +goose Up

-- All that reports on one analysis are composed from.
CREATE TABLE contents (
    analysis_id  uuid PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    -- The contract's ComposeReportRequest, in JSON.
    message      jsonb       NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now()
);

-- One report: the content seen through a template.
CREATE TABLE reports (
    id              uuid PRIMARY KEY,
    workspace_id    uuid        NOT NULL,
    analysis_id     uuid        NOT NULL REFERENCES contents ON DELETE CASCADE,
    -- Whether it is the one that the analysis ended in.
    initial         boolean     NOT NULL,
    title           text        NOT NULL,
    template_id     text        NOT NULL,
    finding_count   integer     NOT NULL,
    reference_count integer     NOT NULL,
    create_time     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reports_newest ON reports (workspace_id, id DESC);
CREATE UNIQUE INDEX reports_initial ON reports (analysis_id) WHERE initial;

ALTER TABLE contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE contents FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON contents USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE reports FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON reports USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
