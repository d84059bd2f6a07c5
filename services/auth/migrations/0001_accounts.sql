-- +goose Up

-- Row-level security in this schema. Signing in comes before there is a
-- workspace, so these rows are shown by what the statement's transaction has set:
--
--   app.user_id       the user whose own rows they are
--   app.email         the address of the account that someone signs in to
--   app.refresh_hash  the hash of the refresh token that someone shows
--   app.workspace_id  the workspace, as in every other schema
--   app.maintenance   'on' for the worker that deletes what has expired
--
-- Without any of them no row is seen, so a forgotten WHERE leaks nothing. The
-- settings end with the transaction. Unique and foreign keys are checked on all
-- rows, seen or not.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 1 AND 254),
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    password_hash text NOT NULL,
    create_time   timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON users USING (
    id = nullif(current_setting('app.user_id', true), '')::uuid
    OR email = nullif(current_setting('app.email', true), '')
);

CREATE TABLE workspaces (
    id           uuid PRIMARY KEY,
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    create_time  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role         text NOT NULL CHECK (role IN ('VIEWER', 'RESEARCHER', 'ADMIN', 'OWNER')),
    create_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, create_time);

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_or_own ON memberships USING (
    workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
    OR user_id = nullif(current_setting('app.user_id', true), '')::uuid
);

-- A user also sees the workspaces they are a member of. The sub-select is under
-- the policy of memberships, which does not look at workspaces: no recursion.
ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_or_member ON workspaces USING (
    id = nullif(current_setting('app.workspace_id', true), '')::uuid
    OR EXISTS (
        SELECT FROM memberships m
        WHERE m.workspace_id = workspaces.id
          AND m.user_id = nullif(current_setting('app.user_id', true), '')::uuid
    )
);
