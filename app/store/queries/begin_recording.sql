-- A transaction whose statements find each row by its key. A plan made while the tables were empty, or
-- before they were analysed, would read all of a table for every few rows; and be kept. Before version 18
-- what is barred here counts as so dear that PostgreSQL would compile every statement first.
BEGIN;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL jit = off
