-- +goose Up

-- The keys that sign access tokens. They belong to the fleet and to no
-- workspace. The private half is sealed with AES-GCM under a key derived from
-- SECRET_KEY, so a copy of the database cannot sign.
CREATE TABLE signing_keys (
    kid                text PRIMARY KEY,
    public_key         bytea NOT NULL CHECK (length(public_key) = 32),
    sealed_private_key bytea NOT NULL,
    create_time        timestamptz NOT NULL DEFAULT now()
);
