-- +goose Up

-- API keys: credentials of a user for programs, in one workspace. Only a hash is
-- kept. A key belongs to a membership and goes with it, even if whoever removes
-- a member forgets it.
--
--   app.key_hash  the hash of the key that someone shows
CREATE TABLE api_keys (
    id            uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    user_id       uuid NOT NULL,
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    scopes        text[] NOT NULL CHECK (cardinality(scopes) > 0),
    hash          bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    prefix        text NOT NULL,
    create_time   timestamptz NOT NULL DEFAULT now(),
    expire_time   timestamptz,
    last_use_time timestamptz,
    revoke_time   timestamptz,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX api_keys_member ON api_keys (workspace_id, user_id, id);
CREATE INDEX api_keys_user ON api_keys (user_id);
CREATE INDEX api_keys_end ON api_keys (least(expire_time, revoke_time));

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_workspace_or_shown ON api_keys USING (
    user_id = nullif(current_setting('app.user_id', true), '')::uuid
    OR workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
    OR hash = decode(nullif(current_setting('app.key_hash', true), ''), 'hex')
);
-- Ended keys are shown to the worker a month later, which deletes them.
CREATE POLICY ended ON api_keys USING (
    current_setting('app.maintenance', true) = 'on'
    AND least(expire_time, revoke_time) < now() - interval '30 days'
);
