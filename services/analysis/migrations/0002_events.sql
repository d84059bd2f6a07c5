-- +goose Up

-- One row per stream. Its lock orders the appends.
CREATE TABLE event_streams (
    stream_id     uuid    PRIMARY KEY,
    workspace_id  uuid    NOT NULL,
    last_sequence bigint  NOT NULL,
    closed        boolean NOT NULL DEFAULT false
);
ALTER TABLE event_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_streams FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON event_streams
    USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);

-- The events, numbered from 1 in each stream. They are never updated.
CREATE TABLE events (
    stream_id    uuid        NOT NULL REFERENCES event_streams ON DELETE CASCADE,
    sequence     bigint      NOT NULL,
    workspace_id uuid        NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON events
    USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
