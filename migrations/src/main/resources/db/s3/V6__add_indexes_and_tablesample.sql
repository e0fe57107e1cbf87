-- s3-orchestrator 00006. Outside a transaction (see the .conf beside this file), so it must bear being run again
-- after a failure half-way: an interrupted concurrent build leaves an invalid index, which is dropped first.

DROP INDEX CONCURRENTLY IF EXISTS public.idx_multipart_uploads_backend_name;
CREATE INDEX CONCURRENTLY idx_multipart_uploads_backend_name ON public.multipart_uploads (backend_name);

DROP INDEX CONCURRENTLY IF EXISTS public.idx_object_locations_key_created;
CREATE INDEX CONCURRENTLY idx_object_locations_key_created ON public.object_locations (object_key, created_at);
