-- +goose Up

-- Checking the citations of a run again, against what their sources say now.
CREATE TABLE reverifications (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    analysis_id   uuid        NOT NULL REFERENCES analyses ON DELETE CASCADE,
    -- On whose behalf the sources are read.
    user_id       uuid        NOT NULL,
    request_id    text        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED')),
    error         text        NOT NULL DEFAULT '',
    create_time   timestamptz NOT NULL DEFAULT now(),
    complete_time timestamptz
);
CREATE INDEX reverifications_newest ON reverifications (analysis_id, id DESC);
CREATE INDEX reverifications_workspace ON reverifications (workspace_id);
CREATE UNIQUE INDEX reverifications_request ON reverifications (analysis_id, request_id) WHERE request_id <> '';

-- Each citation as it was when checking began, and what became of it. A job does
-- those of one source, so that a killed worker costs one source.
CREATE TABLE rechecked_citations (
    reverification_id uuid    NOT NULL REFERENCES reverifications ON DELETE CASCADE,
    -- Its place in the order of the findings, from 1.
    ordinal           integer NOT NULL,
    workspace_id      uuid    NOT NULL,
    source_id         uuid    NOT NULL,
    claim             text    NOT NULL,
    -- Empty until it is looked at.
    outcome           text    NOT NULL DEFAULT '',
    -- The contract's RecheckedCitation, in JSON.
    message           jsonb   NOT NULL,
    PRIMARY KEY (reverification_id, ordinal)
);
CREATE INDEX rechecked_citations_source ON rechecked_citations (reverification_id, source_id);
CREATE INDEX rechecked_citations_workspace ON rechecked_citations (workspace_id);

ALTER TABLE reverifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE reverifications FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON reverifications USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE rechecked_citations ENABLE ROW LEVEL SECURITY;
ALTER TABLE rechecked_citations FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON rechecked_citations USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
