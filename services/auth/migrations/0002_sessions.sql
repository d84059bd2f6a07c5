-- +goose Up

-- A session is one sign-in and all that came of it: a family of refresh tokens,
-- of which one at a time is good. It ends by being revoked or by expiring unused.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    create_time  timestamptz NOT NULL DEFAULT now(),
    expire_time  timestamptz NOT NULL,
    revoke_time  timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_workspace ON sessions (workspace_id);
CREATE INDEX sessions_expire ON sessions (expire_time);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sessions USING (
    user_id = nullif(current_setting('app.user_id', true), '')::uuid
);
CREATE POLICY expired ON sessions USING (
    current_setting('app.maintenance', true) = 'on' AND expire_time < now()
);

-- Only hashes of refresh tokens are stored. Used ones are kept until they would
-- have expired: one that is shown again was stolen, and its session ends.
CREATE TABLE refresh_tokens (
    hash        bytea PRIMARY KEY CHECK (length(hash) = 32),
    session_id  uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    create_time timestamptz NOT NULL DEFAULT now(),
    expire_time timestamptz NOT NULL,
    use_time    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_expire ON refresh_tokens (expire_time);

ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_shown ON refresh_tokens USING (
    user_id = nullif(current_setting('app.user_id', true), '')::uuid
    OR hash = decode(nullif(current_setting('app.refresh_hash', true), ''), 'hex')
);
CREATE POLICY expired ON refresh_tokens USING (
    current_setting('app.maintenance', true) = 'on' AND expire_time < now()
);
