-- +goose Up

-- Secrets for outside services: of the whole workspace, or of one member. They
-- are sealed with AES-256-GCM for this row, this workspace, this member and this
-- provider; the key is not in the database.
CREATE TABLE credentials (
    id           uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id      uuid, -- the member's own; NULL for the workspace's
    provider     text NOT NULL CHECK (provider ~ '^[a-z][a-z0-9_-]{0,31}$'),
    sealed       bytea NOT NULL,
    hint         text NOT NULL CHECK (length(hint) <= 4),
    creator_id   uuid NOT NULL, -- kept when they leave: no foreign key
    create_time  timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (workspace_id, user_id, provider),
    -- A member's own ones go with the membership.
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships ON DELETE CASCADE
);

-- Other members' own ones are not seen even in the same workspace.
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_and_own ON credentials USING (
    workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
    AND (user_id IS NULL OR user_id = nullif(current_setting('app.user_id', true), '')::uuid)
);
