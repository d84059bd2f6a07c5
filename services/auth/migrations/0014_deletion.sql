-- +goose Up

-- Deleting a workspace: see package tenancy, whose Schema this is.
-- The workspaces that are deleted. Nothing can be written for one of them any more.
CREATE TABLE deleted_workspaces (
    workspace_id uuid        PRIMARY KEY,
    delete_time  timestamptz NOT NULL DEFAULT now(),
    -- When nothing was left; NULL while there is something to do.
    purge_time   timestamptz
);
CREATE INDEX deleted_workspaces_unfinished ON deleted_workspaces (delete_time) WHERE purge_time IS NULL;
ALTER TABLE deleted_workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE deleted_workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON deleted_workspaces
    USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
-- The worker that deletes, and the functions below.
CREATE POLICY deletions ON deleted_workspaces USING (current_setting('app.deletions', true) = 'on');

-- Keeps a workspace from being deleted until the transaction ends; refuses one that
-- is. Each statement of the function sees what was committed before it, so the look
-- after the lock misses no tombstone.
-- +goose StatementBegin
CREATE FUNCTION hold_workspace(workspace uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    before text := coalesce(current_setting('app.deletions', true), '');
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('workspace/' || current_schema() || '/' || workspace, 0));
    PERFORM set_config('app.deletions', 'on', true);
    IF EXISTS (SELECT FROM deleted_workspaces WHERE workspace_id = workspace) THEN
        RAISE EXCEPTION 'workspace % is deleted', workspace USING ERRCODE = 'RPW01';
    END IF;
    PERFORM set_config('app.deletions', before, true);
END $$;
-- +goose StatementEnd

-- Writes the tombstone, when all transactions that hold the workspace have ended.
-- +goose StatementBegin
CREATE FUNCTION bury_workspace(workspace uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    before text := coalesce(current_setting('app.deletions', true), '');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('workspace/' || current_schema() || '/' || workspace, 0));
    PERFORM set_config('app.deletions', 'on', true);
    INSERT INTO deleted_workspaces AS d (workspace_id) VALUES (workspace)
    ON CONFLICT (workspace_id) DO UPDATE SET purge_time = NULL WHERE d.purge_time IS NOT NULL;
    PERFORM set_config('app.deletions', before, true);
END $$;
-- +goose StatementEnd

-- The trigger of the tables.
-- +goose StatementBegin
CREATE FUNCTION refuse_deleted_workspace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_workspace(NEW.workspace_id);
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- The trigger of River's jobs, whose workspace stands in their arguments.
-- +goose StatementBegin
CREATE FUNCTION refuse_job_of_deleted_workspace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_workspace((NEW.args->>'workspace_id')::uuid);
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON river_job
    FOR EACH ROW WHEN (NEW.args ? 'workspace_id') EXECUTE FUNCTION refuse_job_of_deleted_workspace();

-- Here the tombstone also says who has yet to delete their part. It goes a day after
-- the last row: with the row in workspaces gone, foreign keys refuse what it refused.
ALTER TABLE deleted_workspaces ADD COLUMN pending_services text[] NOT NULL DEFAULT '{}';

-- Every table of workspaces takes no row of a deleted one, and shows its rows to the
-- transaction that deletes them, whoever they were shown to so far:
--
--   app.deletion  the workspace that is being deleted
--
-- The audit log still takes the record of the deletion itself.
-- +goose StatementBegin
DO $$
DECLARE
    tenant record;
BEGIN
    FOR tenant IN
        SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
          AND a.attname = 'workspace_id' AND NOT a.attisdropped AND c.relname <> 'deleted_workspaces'
    LOOP
        EXECUTE format('CREATE POLICY deleted_workspace ON %I USING (
            workspace_id = nullif(current_setting(''app.deletion'', true), '''')::uuid)', tenant.name);
        IF tenant.name <> 'audit_events' THEN
            EXECUTE format('CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON %I
                FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace()', tenant.name);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
