-- +goose Up

-- Which collection of evidence the run is at. A run that is taken up again after
-- its collection failed asks for a new one, under a request id of its own.
ALTER TABLE analyses ADD COLUMN collection integer NOT NULL DEFAULT 1;
