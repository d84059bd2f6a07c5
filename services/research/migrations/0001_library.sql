-- +goose Up

-- A file or text of a workspace's library. The bytes are in the blob store.
CREATE TABLE documents (
    id            uuid PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    title         text        NOT NULL,
    -- A title found in the content replaces only one that nobody chose.
    title_given   boolean     NOT NULL,
    file_name     text        NOT NULL,
    collection    text        NOT NULL,
    media_type    text        NOT NULL DEFAULT '',
    size_bytes    bigint      NOT NULL,
    sha256        text        NOT NULL,
    text_sha256   text        NOT NULL DEFAULT '',
    language      text        NOT NULL DEFAULT '',
    passage_count integer     NOT NULL DEFAULT 0,
    state         text        NOT NULL CHECK (state IN ('PENDING', 'INDEXING', 'READY', 'FAILED')),
    error_reason  text        NOT NULL DEFAULT '',
    error_message text        NOT NULL DEFAULT '',
    create_time   timestamptz NOT NULL DEFAULT now(),
    update_time   timestamptz NOT NULL DEFAULT now(),
    -- The same bytes twice are one document.
    UNIQUE (workspace_id, sha256)
);
CREATE INDEX documents_newest ON documents (workspace_id, id DESC);

-- The pieces that documents are searched by.
CREATE TABLE passages (
    document_id  uuid    NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal      integer NOT NULL,
    workspace_id uuid    NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    page         integer NOT NULL,
    heading      text    NOT NULL,
    text         text    NOT NULL,
    PRIMARY KEY (document_id, ordinal)
);

-- How many changes a workspace's library has seen. The row's lock orders the
-- changes, so that a reader who has seen version n has seen all before it.
CREATE TABLE library_versions (
    workspace_id uuid   PRIMARY KEY,
    version      bigint NOT NULL
);

-- The newest change of each document: what a replica must read to bring its
-- index in memory up to date.
CREATE TABLE library_changes (
    document_id  uuid    PRIMARY KEY,
    workspace_id uuid    NOT NULL,
    version      bigint  NOT NULL,
    removed      boolean NOT NULL
);
CREATE INDEX library_changes_version ON library_changes (workspace_id, version);

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON documents USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE passages ENABLE ROW LEVEL SECURITY;
ALTER TABLE passages FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON passages USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE library_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE library_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON library_versions USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
ALTER TABLE library_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE library_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON library_changes USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
