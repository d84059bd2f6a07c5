-- +goose Up

-- Open invitations. One that is accepted or withdrawn is deleted, so a token
-- that was used and one that never was cannot be told apart. Only hashes of the
-- tokens are stored. A row is shown to its workspace, and to whoever shows the
-- token (app.invitation_hash).
CREATE TABLE invitations (
    id           uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    email        text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 1 AND 254),
    role         text NOT NULL CHECK (role IN ('VIEWER', 'RESEARCHER', 'ADMIN')),
    inviter_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    create_time  timestamptz NOT NULL DEFAULT now(),
    expire_time  timestamptz NOT NULL,
    UNIQUE (workspace_id, email)
);
CREATE INDEX invitations_inviter ON invitations (inviter_id);
CREATE INDEX invitations_expire ON invitations (expire_time);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_or_shown ON invitations USING (
    workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
    OR token_hash = decode(nullif(current_setting('app.invitation_hash', true), ''), 'hex')
);
CREATE POLICY expired ON invitations USING (
    current_setting('app.maintenance', true) = 'on' AND expire_time < now()
);
