-- +goose Up

-- A research that has ended can go on with further queries, round by round. What
-- jobs of an earlier round still bring counts no more.
ALTER TABLE research
    ADD COLUMN round           integer NOT NULL DEFAULT 1,
    -- The version of the library that was searched last; NULL when none was.
    ADD COLUMN library_version bigint;
ALTER TABLE asks ADD COLUMN round integer NOT NULL DEFAULT 1;

-- The rounds after the first, with what was asked for in each.
CREATE TABLE research_rounds (
    research_id  uuid        NOT NULL REFERENCES research ON DELETE CASCADE,
    round        integer     NOT NULL,
    workspace_id uuid        NOT NULL,
    request_id   text        NOT NULL,
    queries      text[]      NOT NULL,
    -- The connectors to ask; empty for those of the research.
    sources      text[]      NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (research_id, round)
);
CREATE UNIQUE INDEX research_rounds_request ON research_rounds (research_id, request_id) WHERE request_id <> '';
CREATE INDEX research_rounds_workspace ON research_rounds (workspace_id);

-- Whether evidence was given of a source once: then its snapshot stays through all
-- rounds, since somebody may quote it.
ALTER TABLE sources ADD COLUMN given boolean NOT NULL DEFAULT false;
UPDATE sources SET given = true WHERE outcome = 'USED';

ALTER TABLE research_rounds ENABLE ROW LEVEL SECURITY;
ALTER TABLE research_rounds FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON research_rounds USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
