-- +goose Up

-- An account that signs in with the OpenID provider only has no password.
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
-- Since when the address is known to belong to the account's owner; NULL when
-- nobody has said so but who registered it.
ALTER TABLE users ADD COLUMN email_verify_time timestamptz;

-- Who a user is to an OpenID provider. A subject never changes, an address may.
--
--   app.oidc_issuer, app.oidc_subject  whom the provider vouches for
CREATE TABLE identities (
    issuer      text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 2048),
    subject     text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    create_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_vouched_for ON identities USING (
    user_id = nullif(current_setting('app.user_id', true), '')::uuid
    OR (issuer = nullif(current_setting('app.oidc_issuer', true), '')
        AND subject = nullif(current_setting('app.oidc_subject', true), ''))
);

-- A sign-in with the provider that has begun. The secret that the browser keeps
-- is stored as a hash; the proof for the provider (PKCE) is sealed. A row is
-- deleted when it is used.
--
--   app.oidc_hash  the hash of the secret that someone shows
CREATE TABLE oidc_transactions (
    hash            bytea PRIMARY KEY CHECK (length(hash) = 32),
    state           text NOT NULL,
    nonce           text NOT NULL,
    sealed_verifier bytea NOT NULL,
    expire_time     timestamptz NOT NULL
);
CREATE INDEX oidc_transactions_expire ON oidc_transactions (expire_time);
ALTER TABLE oidc_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_transactions FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON oidc_transactions USING (
    hash = decode(nullif(current_setting('app.oidc_hash', true), ''), 'hex')
);
CREATE POLICY expired ON oidc_transactions USING (
    current_setting('app.maintenance', true) = 'on' AND expire_time < now()
);
