-- +goose Up

-- One collection of evidence for a question.
CREATE TABLE research (
    id           uuid PRIMARY KEY,
    workspace_id uuid             NOT NULL,
    user_id      uuid             NOT NULL,
    request_id   text             NOT NULL,
    query        text             NOT NULL,
    sub_queries  text[]           NOT NULL,
    parameters   jsonb            NOT NULL,
    state        text             NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED')),
    progress     double precision NOT NULL DEFAULT 0,
    sources_found  integer        NOT NULL DEFAULT 0,
    sources_used   integer        NOT NULL DEFAULT 0,
    sources_failed integer        NOT NULL DEFAULT 0,
    passages       integer        NOT NULL DEFAULT 0,
    error        text             NOT NULL DEFAULT '',
    create_time  timestamptz      NOT NULL DEFAULT now(),
    update_time  timestamptz      NOT NULL DEFAULT now()
);
CREATE INDEX research_newest ON research (workspace_id, id DESC);
CREATE UNIQUE INDEX research_request ON research (workspace_id, request_id) WHERE request_id <> '';

-- What evidence was taken from, or should have been.
CREATE TABLE sources (
    id             uuid PRIMARY KEY,
    workspace_id   uuid        NOT NULL,
    research_id    uuid        NOT NULL REFERENCES research ON DELETE CASCADE,
    rank           integer     NOT NULL,
    connector      text        NOT NULL,
    title          text        NOT NULL,
    url            text        NOT NULL,
    file_name      text        NOT NULL,
    document_id    uuid,
    authors        text[]      NOT NULL,
    publish_time   timestamptz,
    fetch_time     timestamptz NOT NULL,
    media_type     text        NOT NULL,
    language       text        NOT NULL,
    -- The original bytes and the text read from them, in the blob store.
    raw_sha256     text        NOT NULL,
    text_sha256    text        NOT NULL,
    outcome        text        NOT NULL CHECK (outcome IN ('USED', 'UNUSED', 'UNREADABLE')),
    outcome_reason text        NOT NULL,
    UNIQUE (research_id, rank)
);
-- Deleting a document asks whether a snapshot is still cited.
CREATE INDEX sources_raw ON sources (workspace_id, raw_sha256);
CREATE INDEX sources_text ON sources (workspace_id, text_sha256);

-- The passages that were kept for the question, the best first.
CREATE TABLE evidence (
    id           uuid PRIMARY KEY,
    workspace_id uuid             NOT NULL,
    research_id  uuid             NOT NULL REFERENCES research ON DELETE CASCADE,
    source_id    uuid             NOT NULL REFERENCES sources ON DELETE CASCADE,
    rank         integer          NOT NULL,
    text         text             NOT NULL,
    start_offset integer          NOT NULL,
    end_offset   integer          NOT NULL,
    page         integer          NOT NULL,
    score        double precision NOT NULL,
    UNIQUE (research_id, rank)
);

ALTER TABLE research ENABLE ROW LEVEL SECURITY;
ALTER TABLE research FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON research USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE sources FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON sources USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON evidence USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
