-- plan_report
-- How a report's statements are planned, and how long each may take. A plan that is made without its
-- period at hand takes any period for a short one. The months of a million instants are taken for a
-- million groups, which it would rather sort than hash: where there is a choice, it shall not.
-- Nor shall it compile anything: before version 18 what is barred counts as dear enough for that.
SET LOCAL work_mem = '64MB';
SET LOCAL statement_timeout = {milliseconds};
SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL enable_sort = off;
SET LOCAL jit = off
