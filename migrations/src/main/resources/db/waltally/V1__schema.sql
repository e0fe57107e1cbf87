-- The schema itself is there already: it holds this migration's history. Publication, role and grants depend on the
-- configuration and are therefore reconciled on each run, after these migrations, not versioned here.

REVOKE ALL ON SCHEMA waltally FROM PUBLIC;
COMMENT ON SCHEMA waltally IS 'Everything of waltally''s own: histories of its migrations and what its sinks write.';
