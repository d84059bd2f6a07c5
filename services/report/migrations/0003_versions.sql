-- +goose Up

-- A report has versions, each an unchanging document; templates are rows; versions
-- are rendered to files and shared by links.

-- A call for the same findings is told from one for others by this.
ALTER TABLE contents ADD COLUMN digest bytea NOT NULL DEFAULT '';

-- The number of the newest version. Title, template and counts are that version's.
ALTER TABLE reports ADD COLUMN version integer NOT NULL DEFAULT 1;

-- A report as it was generated once. One that was composed by a program from before
-- there were versions has no row until it is read: then its version 1 is made of its
-- content.
CREATE TABLE report_versions (
    report_id        uuid        NOT NULL REFERENCES reports ON DELETE CASCADE,
    number           integer     NOT NULL CHECK (number > 0),
    workspace_id     uuid        NOT NULL,
    title            text        NOT NULL,
    template_id      text        NOT NULL,
    template_version integer     NOT NULL,
    citation_style   text        NOT NULL,
    -- The contract's Document, in its binary form.
    document         bytea       NOT NULL,
    finding_count    integer     NOT NULL,
    reference_count  integer     NOT NULL,
    create_time      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, number)
);

-- A workspace's own template. One that is deleted stays for the versions of reports
-- that name it, and is shown to nobody.
CREATE TABLE templates (
    id           uuid PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    title        text        NOT NULL,
    description  text        NOT NULL,
    version      integer     NOT NULL,
    layout       text        NOT NULL,
    source       text        NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now(),
    update_time  timestamptz NOT NULL DEFAULT now(),
    delete_time  timestamptz
);
CREATE INDEX templates_newest ON templates (workspace_id, id DESC) WHERE delete_time IS NULL;

-- The former states of templates, and the present one.
CREATE TABLE template_versions (
    template_id  uuid        NOT NULL REFERENCES templates ON DELETE CASCADE,
    version      integer     NOT NULL,
    workspace_id uuid        NOT NULL,
    layout       text        NOT NULL,
    source       text        NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (template_id, version)
);

-- A version of a report as a file in the blob store.
CREATE TABLE renderings (
    report_id    uuid        NOT NULL,
    number       integer     NOT NULL,
    format       text        NOT NULL,
    workspace_id uuid        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('PENDING', 'READY', 'FAILED')),
    sha256       text        NOT NULL DEFAULT '',
    size         bigint      NOT NULL DEFAULT 0,
    create_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, number, format),
    FOREIGN KEY (report_id, number) REFERENCES report_versions ON DELETE CASCADE,
    CHECK (state <> 'READY' OR length(sha256) = 64)
);
CREATE INDEX renderings_sha256 ON renderings (workspace_id, sha256) WHERE state = 'READY';

-- A link to a version, for readers without an account. Only hashes of the tokens are
-- stored. A row is shown to its workspace, and to whoever shows the token
-- (app.share_hash).
CREATE TABLE shares (
    id           uuid PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    report_id    uuid        NOT NULL,
    number       integer     NOT NULL,
    token_hash   bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    creator_id   uuid        NOT NULL,
    expire_time  timestamptz NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (report_id, number) REFERENCES report_versions ON DELETE CASCADE
);
CREATE INDEX shares_report ON shares (report_id, id DESC);

ALTER TABLE report_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON report_versions USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE templates FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON templates USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE template_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON template_versions USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE renderings ENABLE ROW LEVEL SECURITY;
ALTER TABLE renderings FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON renderings USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE shares FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON shares USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
CREATE POLICY shown ON shares FOR SELECT USING (token_hash = decode(nullif(current_setting('app.share_hash', true), ''), 'hex'));

-- The tables whose rows do not go with those of another one.
CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON templates
    FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace();

-- What the purge of a workspace finds its rows by.
CREATE INDEX report_versions_workspace ON report_versions (workspace_id);
CREATE INDEX templates_workspace ON templates (workspace_id);
CREATE INDEX template_versions_workspace ON template_versions (workspace_id);
CREATE INDEX renderings_workspace ON renderings (workspace_id);
CREATE INDEX shares_workspace ON shares (workspace_id);
