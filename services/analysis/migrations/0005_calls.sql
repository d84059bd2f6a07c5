-- +goose Up

-- The ledger: every call that costs something, reserved before it is made. Rows stay
-- when their run is deleted, since what a month has cost does not change by that.
CREATE TABLE calls (
    id                  uuid        PRIMARY KEY,
    workspace_id        uuid        NOT NULL,
    user_id             uuid        NOT NULL,
    -- The run; NULL when a text was looked through.
    analysis_id         uuid,
    -- The step of the run with its round, and what the ledger calls it.
    task                text        NOT NULL,
    step                text        NOT NULL,
    engine              text        NOT NULL,
    model               text        NOT NULL,
    prompt              text        NOT NULL,
    -- The digest of the task and of what is asked; NULL when it is not asked again.
    key                 bytea,
    state               text        NOT NULL CHECK (state IN ('RESERVED', 'SETTLED', 'RELEASED', 'LOST', 'CACHED')),
    -- The month that it counts in (UTC), as 2026-11.
    period              text        NOT NULL,
    -- Whether it counts against the run's own budget besides.
    of_run              boolean     NOT NULL,
    -- What was set aside, in billionths of a US dollar and in tokens.
    reserved_cost       bigint      NOT NULL CHECK (reserved_cost >= 0),
    reserved_tokens     bigint      NOT NULL CHECK (reserved_tokens >= 0),
    -- What it used; for LOST calls what was set aside.
    requests            integer     NOT NULL DEFAULT 0,
    input_tokens        bigint      NOT NULL DEFAULT 0,
    cached_input_tokens bigint      NOT NULL DEFAULT 0,
    output_tokens       bigint      NOT NULL DEFAULT 0,
    reasoning_tokens    bigint      NOT NULL DEFAULT 0,
    cost                bigint      NOT NULL DEFAULT 0 CHECK (cost >= 0),
    duration_ms         bigint      NOT NULL DEFAULT 0,
    create_time         timestamptz NOT NULL
);
CREATE INDEX calls_of_analysis ON calls (analysis_id, id);
CREATE INDEX calls_of_workspace ON calls (workspace_id, create_time);
CREATE INDEX calls_reserved ON calls (workspace_id, create_time) WHERE state = 'RESERVED';

-- What was answered to the calls of a run, so that a step that is done again is not
-- paid for again. It goes with the run.
CREATE TABLE call_answers (
    analysis_id  uuid  NOT NULL REFERENCES analyses ON DELETE CASCADE,
    key          bytea NOT NULL,
    workspace_id uuid  NOT NULL,
    answer       bytea NOT NULL,
    PRIMARY KEY (analysis_id, key)
);
CREATE INDEX call_answers_workspace ON call_answers (workspace_id);

-- What is spent and set aside: by each run, and in each month by each user and by the
-- workspace. Whoever changes rows locks all that it needs at once, in the order of the
-- key, so that nobody waits for another in a circle.
CREATE TABLE spending (
    workspace_id    uuid   NOT NULL,
    scope           text   NOT NULL CHECK (scope IN ('run', 'user', 'workspace')),
    owner_id        uuid   NOT NULL,
    -- The month (UTC), as 2026-11; empty for runs.
    period          text   NOT NULL,
    -- The owner when it is a run, with which the row goes.
    analysis_id     uuid   REFERENCES analyses ON DELETE CASCADE,
    cost            bigint NOT NULL DEFAULT 0 CHECK (cost >= 0),
    tokens          bigint NOT NULL DEFAULT 0 CHECK (tokens >= 0),
    reserved_cost   bigint NOT NULL DEFAULT 0 CHECK (reserved_cost >= 0),
    reserved_tokens bigint NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
    PRIMARY KEY (workspace_id, scope, owner_id, period)
);
CREATE INDEX spending_analysis ON spending (analysis_id);

-- The budgets that are nearly used up, each once for a run, and whether its log says so.
CREATE TABLE budget_warnings (
    analysis_id  uuid             NOT NULL REFERENCES analyses ON DELETE CASCADE,
    scope        text             NOT NULL,
    workspace_id uuid             NOT NULL,
    share        double precision NOT NULL,
    told         boolean          NOT NULL DEFAULT false,
    PRIMARY KEY (analysis_id, scope)
);
CREATE INDEX budget_warnings_workspace ON budget_warnings (workspace_id);

ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON calls USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE call_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON call_answers USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE spending ENABLE ROW LEVEL SECURITY;
ALTER TABLE spending FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON spending USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE budget_warnings ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_warnings FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON budget_warnings USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);

CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON calls
    FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace();
CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON spending
    FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace();
