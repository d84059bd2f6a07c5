-- +goose Up

-- What the etag of a row says: it counts every change of the row, whichever program
-- makes it, also one from before this migration.
ALTER TABLE templates ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- +goose StatementBegin
CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER count_revision BEFORE UPDATE ON templates
    FOR EACH ROW EXECUTE FUNCTION count_revision();
