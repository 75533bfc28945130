-- A transaction that reads lists: one snapshot, each plan made for the values at hand, no whole table
-- read while there is an index, and no statement that goes on for long. Pages of an index are as good as
-- in memory: else PostgreSQL would rather read all rows than look through an index for a few.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL enable_seqscan = off;
SET LOCAL random_page_cost = 1.1;
SET LOCAL jit = off;
SET LOCAL statement_timeout = '3s'
