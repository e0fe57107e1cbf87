-- s3-orchestrator 00002

ALTER TABLE public.multipart_uploads ADD COLUMN metadata jsonb;
