-- +goose Up

-- A workspace never has two owners, whatever calls meet. That it has one is
-- kept by the service: the owner can neither leave nor be removed.
CREATE UNIQUE INDEX memberships_owner ON memberships (workspace_id) WHERE role = 'OWNER';

-- Members see each other. A row of users holds a password hash, and row-level
-- security cannot hide a column, so app.workspace_id alone does not open these
-- rows: a transaction that lists members says so with app.members, and there
-- are few of them, which name their columns. It can read, not write.
--
-- The sub-select is under the policy of memberships, which does not look at
-- users: no recursion, and no members of another workspace.
CREATE POLICY members ON users FOR SELECT USING (
    current_setting('app.members', true) = 'on'
    AND EXISTS (
        SELECT FROM memberships m
        WHERE m.user_id = users.id
          AND m.workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
    )
);

-- Which workspace a call of CreateWorkspace made, so that the same call again
-- returns it. Kept as long as the workspace.
CREATE TABLE workspace_requests (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    request_id   text NOT NULL CHECK (length(request_id) BETWEEN 1 AND 64),
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    PRIMARY KEY (user_id, request_id)
);
CREATE INDEX workspace_requests_workspace ON workspace_requests (workspace_id);

ALTER TABLE workspace_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON workspace_requests USING (
    user_id = nullif(current_setting('app.user_id', true), '')::uuid
);
