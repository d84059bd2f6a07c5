-- +goose Up

-- One run: a question, and how far its answer is.
CREATE TABLE analyses (
    id              uuid PRIMARY KEY,
    workspace_id    uuid             NOT NULL,
    user_id         uuid             NOT NULL,
    request_id      text             NOT NULL,
    -- The request as it was accepted, in the contract's JSON.
    request         jsonb            NOT NULL,
    engine          text             NOT NULL,
    deadline        timestamptz      NOT NULL,
    state           text             NOT NULL,
    -- The step to do next: all before it are done and stored.
    step            text             NOT NULL,
    progress        double precision NOT NULL DEFAULT 0,
    plan            jsonb            NOT NULL DEFAULT '{}',
    research_id     uuid,
    report_id       uuid,
    missing         text[]           NOT NULL DEFAULT '{}',
    calls           integer          NOT NULL DEFAULT 0,
    input_tokens    bigint           NOT NULL DEFAULT 0,
    output_tokens   bigint           NOT NULL DEFAULT 0,
    cost_usd        numeric(14, 6)   NOT NULL DEFAULT 0,
    error_reason    text             NOT NULL DEFAULT '',
    error_message   text             NOT NULL DEFAULT '',
    last_sequence   bigint           NOT NULL DEFAULT 0,
    create_time     timestamptz      NOT NULL DEFAULT now(),
    update_time     timestamptz      NOT NULL DEFAULT now(),
    complete_time   timestamptz
);
CREATE INDEX analyses_newest ON analyses (workspace_id, id DESC);
CREATE UNIQUE INDEX analyses_request ON analyses (workspace_id, request_id) WHERE request_id <> '';

-- The steps that are done, each written in the transaction of its result. The
-- key makes doing a step twice impossible.
CREATE TABLE analysis_steps (
    analysis_id  uuid        NOT NULL REFERENCES analyses ON DELETE CASCADE,
    step         text        NOT NULL,
    workspace_id uuid        NOT NULL,
    attempt      integer     NOT NULL,
    start_time   timestamptz NOT NULL,
    finish_time  timestamptz NOT NULL,
    PRIMARY KEY (analysis_id, step)
);

-- The claims with what they rest on.
CREATE TABLE findings (
    id           uuid PRIMARY KEY,
    workspace_id uuid    NOT NULL,
    analysis_id  uuid    NOT NULL REFERENCES analyses ON DELETE CASCADE,
    ordinal      integer NOT NULL,
    -- The contract's Finding with its citations, in JSON.
    message      jsonb   NOT NULL,
    UNIQUE (analysis_id, ordinal)
);

ALTER TABLE analyses ENABLE ROW LEVEL SECURITY;
ALTER TABLE analyses FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON analyses USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE analysis_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE analysis_steps FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON analysis_steps USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE findings FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON findings USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
