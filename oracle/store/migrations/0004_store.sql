-- Which store this is: the data directory of the daemon that uses it holds the same number.
ALTER TABLE identity ADD COLUMN store text NOT NULL DEFAULT gen_random_uuid()::text;
