-- +goose Up

-- What ADMINs decide for a workspace. A workspace without a row has the
-- defaults: no routes, no limits of its own, the whole public internet. 0 is no
-- limit.
CREATE TABLE workspace_settings (
    workspace_id           uuid PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    model_routes           jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(model_routes) = 'object'),
    max_cost_usd_per_month double precision NOT NULL DEFAULT 0 CHECK (max_cost_usd_per_month >= 0),
    max_tokens_per_month   bigint NOT NULL DEFAULT 0 CHECK (max_tokens_per_month >= 0),
    max_running_analyses   integer NOT NULL DEFAULT 0 CHECK (max_running_analyses >= 0),
    max_documents          bigint NOT NULL DEFAULT 0 CHECK (max_documents >= 0),
    max_library_bytes      bigint NOT NULL DEFAULT 0 CHECK (max_library_bytes >= 0),
    egress_allow_list      text[] NOT NULL DEFAULT '{}' CHECK (cardinality(egress_allow_list) <= 500),
    update_time            timestamptz NOT NULL DEFAULT now(),
    -- Counts the updates; the etag of the API.
    version                bigint NOT NULL DEFAULT 0
);

ALTER TABLE workspace_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON workspace_settings USING (
    workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
);
