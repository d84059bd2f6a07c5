-- +goose Up

-- A hit of a search is read by its workspace, which the policy asks for, its document
-- and its place in it. An index on the workspace alone tempts the planner: as long as
-- it has no statistics, as after a large import, it takes a workspace for a small part
-- of the table, and for each hit reads all entries of the workspace to intersect them
-- with those of the primary key.
CREATE INDEX passages_place ON passages (workspace_id, document_id, ordinal);
DROP INDEX passages_workspace;
