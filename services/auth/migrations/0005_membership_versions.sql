-- +goose Up

-- Every change of a membership gets the next number. It stands in access tokens,
-- so that a token which says an older role is told from one that says the new one,
-- whatever the clocks say.
CREATE SEQUENCE membership_versions;
ALTER TABLE memberships ADD COLUMN version bigint NOT NULL DEFAULT nextval('membership_versions');
