-- +goose Up

-- Who did what in a workspace: one row for each call. The texts hold ids, codes and
-- reasons, and what the client calls itself; '' is "none". "C" makes prefixes of
-- actions usable by the index.
CREATE TABLE audit_events (
    workspace_id uuid        NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid        NOT NULL,
    time         timestamptz NOT NULL,
    user_id      text        NOT NULL,
    api_key_id   text        NOT NULL,
    service      text        NOT NULL,
    action       text        NOT NULL COLLATE "C",
    object_id    text        NOT NULL,
    address      text        NOT NULL,
    user_agent   text        NOT NULL,
    result       text        NOT NULL,
    reason       text        NOT NULL,
    request_id   text        NOT NULL,
    -- An event may be one of two workspaces, and comes in any number of times: it
    -- is sent until it has surely arrived.
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX audit_events_newest ON audit_events (workspace_id, time DESC, id DESC);
CREATE INDEX audit_events_user ON audit_events (workspace_id, user_id, time DESC, id DESC);
CREATE INDEX audit_events_object ON audit_events (workspace_id, object_id, time DESC, id DESC);
CREATE INDEX audit_events_action ON audit_events (workspace_id, action);
CREATE INDEX audit_events_time ON audit_events (time);

-- The settings that these policies and the trigger look at, besides app.workspace_id:
--
--   app.audit_before             retention: what is older may be seen and deleted
--   app.audit_of_deleted         the workspace whose events go because it goes; it has
--                                to be app.workspace_id as well, to be seen at all
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON audit_events USING (
    workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
);
CREATE POLICY old_seen ON audit_events FOR SELECT USING (
    time < nullif(current_setting('app.audit_before', true), '')::timestamptz
);
CREATE POLICY old_deleted ON audit_events FOR DELETE USING (
    time < nullif(current_setting('app.audit_before', true), '')::timestamptz
);

-- What stands in the log stays as it is, for this service's own role, too.
-- +goose StatementBegin
CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.workspace_id = nullif(current_setting('app.audit_of_deleted', true), '')::uuid
            OR OLD.time < nullif(current_setting('app.audit_before', true), '')::timestamptz THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit events are only ever appended to' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION keep_audit_events();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events();
