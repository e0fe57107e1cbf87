-- s3-orchestrator 00004

ALTER TABLE public.backend_quotas ADD COLUMN orphan_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE public.cleanup_queue ADD COLUMN size_bytes bigint NOT NULL DEFAULT 0;
