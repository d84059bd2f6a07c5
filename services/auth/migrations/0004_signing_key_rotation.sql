-- +goose Up

-- A key is published from its creation, signs from activate_time on, until a newer
-- one does, and is deleted after retire_time, when the last token it signed has
-- expired. The newest key has no retire_time. All times are this server's clock.
ALTER TABLE signing_keys
    ADD COLUMN activate_time timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN retire_time   timestamptz CHECK (retire_time > activate_time);
UPDATE signing_keys SET activate_time = create_time;

-- The keys belong to the fleet, so no user and no workspace shows them; what works
-- with them says so. A SELECT by hand shows nothing.
ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet ON signing_keys USING (current_setting('app.signing_keys', true) = 'on');
