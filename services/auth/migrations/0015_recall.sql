-- +goose Up

-- When the membership got its present version. Redis, which tells the services that
-- a role has changed, may forget it; what changed lately is told again from here.
ALTER TABLE memberships ADD COLUMN change_time timestamptz NOT NULL DEFAULT now();
CREATE INDEX memberships_change ON memberships (change_time);
CREATE INDEX sessions_revoke ON sessions (revoke_time) WHERE revoke_time IS NOT NULL;
CREATE INDEX api_keys_revoke ON api_keys (revoke_time) WHERE revoke_time IS NOT NULL;

-- The worker that tells it reads of every workspace what has ended lately:
--
--   app.recall  'on'
CREATE POLICY recalled ON sessions FOR SELECT USING (
    current_setting('app.recall', true) = 'on' AND revoke_time > now() - interval '25 hours'
);
CREATE POLICY recalled ON api_keys FOR SELECT USING (
    current_setting('app.recall', true) = 'on' AND revoke_time > now() - interval '25 hours'
);
CREATE POLICY recalled ON memberships FOR SELECT USING (
    current_setting('app.recall', true) = 'on' AND change_time > now() - interval '25 hours'
);
