-- +goose Up

-- When collecting ends at the latest; NULL in rows of the version before.
ALTER TABLE research ADD COLUMN deadline timestamptz;

-- One request to one connector. A job works each, so that a killed worker costs
-- one request.
CREATE TABLE asks (
    research_id  uuid    NOT NULL REFERENCES research ON DELETE CASCADE,
    ordinal      integer NOT NULL,
    workspace_id uuid    NOT NULL,
    connector    text    NOT NULL,
    query        text    NOT NULL,
    -- Which page of the results, from 0.
    page         integer NOT NULL,
    state        text    NOT NULL CHECK (state IN ('WAITING', 'ANSWERED', 'FAILED', 'SKIPPED')),
    reason       text    NOT NULL DEFAULT '',
    notes        text[]  NOT NULL DEFAULT '{}',
    found        integer NOT NULL DEFAULT 0,
    -- How often it was sent and failed in a way that may pass.
    failures     integer NOT NULL DEFAULT 0,
    -- The job that works it; NULL when none does.
    job_id       bigint,
    PRIMARY KEY (research_id, ordinal)
);
CREATE INDEX asks_workspace ON asks (workspace_id);

-- Sources are stored when they are found, and ranked when all is read: so a rank
-- changes, and several may share one for a moment.
ALTER TABLE sources DROP CONSTRAINT sources_research_id_rank_key;
CREATE INDEX sources_rank ON sources (research_id, rank);
ALTER TABLE sources DROP CONSTRAINT sources_outcome_check;
ALTER TABLE sources ADD CHECK (outcome IN ('USED', 'UNUSED', 'UNREADABLE', 'PENDING'));
ALTER TABLE sources
    ALTER COLUMN fetch_time DROP NOT NULL,
    ADD COLUMN kind         text    NOT NULL DEFAULT '',
    ADD COLUMN published    text    NOT NULL DEFAULT '',
    ADD COLUMN container    text    NOT NULL DEFAULT '',
    ADD COLUMN publisher    text    NOT NULL DEFAULT '',
    ADD COLUMN license      text    NOT NULL DEFAULT '',
    ADD COLUMN citations    integer NOT NULL DEFAULT 0,
    ADD COLUMN preprint     boolean NOT NULL DEFAULT false,
    ADD COLUMN extent       text    NOT NULL DEFAULT '' CHECK (extent IN ('', 'SNIPPET', 'ABSTRACT', 'FULL')),
    ADD COLUMN identifiers  jsonb   NOT NULL DEFAULT '{}',
    ADD COLUMN mentions     jsonb   NOT NULL DEFAULT '[]',
    ADD COLUMN notices      jsonb   NOT NULL DEFAULT '[]',
    -- How it was read; NULL when nobody fetched it.
    ADD COLUMN fetched      jsonb,
    -- Where its text may be fetched, the best first.
    ADD COLUMN full_texts   text[]  NOT NULL DEFAULT '{}',
    -- How many passages its text has; the best of them are candidates.
    ADD COLUMN passages     integer NOT NULL DEFAULT 0,
    -- What near-identical texts are recognised by.
    ADD COLUMN fingerprint  bytea   NOT NULL DEFAULT '',
    -- The job that reads it; NULL when none does.
    ADD COLUMN job_id       bigint;

-- What a source is known by within its research: one thing that is found twice is
-- one source.
CREATE TABLE source_keys (
    research_id  uuid NOT NULL REFERENCES research ON DELETE CASCADE,
    key          text NOT NULL,
    source_id    uuid NOT NULL REFERENCES sources ON DELETE CASCADE,
    workspace_id uuid NOT NULL,
    PRIMARY KEY (research_id, key)
);
CREATE INDEX source_keys_source ON source_keys (source_id);
CREATE INDEX source_keys_workspace ON source_keys (workspace_id);

-- The passages that evidence is chosen from; they go when it is.
CREATE TABLE candidates (
    source_id    uuid             NOT NULL REFERENCES sources ON DELETE CASCADE,
    ordinal      integer          NOT NULL,
    research_id  uuid             NOT NULL,
    workspace_id uuid             NOT NULL,
    text         text             NOT NULL,
    start_offset integer          NOT NULL,
    end_offset   integer          NOT NULL,
    page         integer          NOT NULL,
    heading      text             NOT NULL,
    -- What the library's own search gave; 0 for others.
    score        double precision NOT NULL,
    PRIMARY KEY (source_id, ordinal)
);
CREATE INDEX candidates_research ON candidates (research_id);
CREATE INDEX candidates_workspace ON candidates (workspace_id);

ALTER TABLE evidence
    ADD COLUMN heading text  NOT NULL DEFAULT '',
    ADD COLUMN parts   jsonb NOT NULL DEFAULT '{}';

-- Pages that were fetched for a workspace lately: read again without asking while
-- they are fresh, and with a conditional request afterwards.
CREATE TABLE pages (
    workspace_id  uuid        NOT NULL,
    url           text        NOT NULL,
    final_url     text        NOT NULL,
    status        integer     NOT NULL,
    headers       jsonb       NOT NULL,
    etag          text        NOT NULL,
    last_modified text        NOT NULL,
    media_type    text        NOT NULL,
    raw_sha256    text        NOT NULL,
    fetch_time    timestamptz NOT NULL,
    fresh_until   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, url)
);
CREATE INDEX pages_raw ON pages (workspace_id, raw_sha256);
CREATE INDEX pages_age ON pages (workspace_id, fetch_time);

ALTER TABLE asks ENABLE ROW LEVEL SECURITY;
ALTER TABLE asks FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON asks USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE source_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON source_keys USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE candidates ENABLE ROW LEVEL SECURITY;
ALTER TABLE candidates FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON candidates USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE pages FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON pages USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);

-- The rows of the other tables go with their research.
CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON pages
    FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace();
