-- For this transaction: statistics of a table that has just been filled say nothing, and a plan
-- made then would read or sort all of it for every few rows. Before version 18 what is barred here counts as
-- so dear that PostgreSQL would compile every statement first.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_sort = off;
SET LOCAL jit = off
