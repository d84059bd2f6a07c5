-- +goose Up

-- What runs know of themselves besides.
ALTER TABLE analyses
    -- The rounds and the summary: the contract's Analysis with these two fields, in JSON.
    ADD COLUMN parts jsonb NOT NULL DEFAULT '{}',
    -- The model that writes the findings; empty is the engine's default.
    ADD COLUMN model text NOT NULL DEFAULT '',
    -- The digest of all that the answer depends on; empty when it answers nobody else.
    ADD COLUMN digest text NOT NULL DEFAULT '',
    -- The run whose answer this is, and the run that this one asks again. They may be
    -- deleted meanwhile, so nothing is enforced.
    ADD COLUMN cached_from uuid,
    ADD COLUMN rerun_of uuid,
    -- River's job of the next step: what cancelling the run cancels.
    ADD COLUMN job_id bigint,
    ADD COLUMN cached_calls integer NOT NULL DEFAULT 0,
    ADD COLUMN cached_input_tokens bigint NOT NULL DEFAULT 0,
    ADD COLUMN reasoning_tokens bigint NOT NULL DEFAULT 0,
    -- Calls cost billionths of a dollar.
    ALTER COLUMN cost_usd TYPE numeric(20, 9);

-- What answers from the cache are looked up by: only runs that found out themselves.
CREATE INDEX analyses_answers ON analyses (workspace_id, digest, complete_time DESC)
    WHERE state = 'COMPLETED' AND digest <> '' AND cached_from IS NULL;
-- What the workspace's quota of running analyses is counted by.
CREATE INDEX analyses_running ON analyses (workspace_id)
    WHERE state IN ('QUEUED', 'COLLECTING', 'ANALYZING', 'REPORTING');
