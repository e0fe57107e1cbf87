-- s3-orchestrator 00011. Outside a transaction (see the .conf beside this file), so every statement bears repetition.

ALTER TABLE public.cleanup_queue
    ADD COLUMN IF NOT EXISTS claimed_at timestamptz,
    ADD COLUMN IF NOT EXISTS claimed_by text;

DROP INDEX CONCURRENTLY IF EXISTS public.idx_cleanup_queue_claim;
CREATE INDEX CONCURRENTLY idx_cleanup_queue_claim
    ON public.cleanup_queue (next_retry, created_at) WHERE attempts < 10;

DROP INDEX CONCURRENTLY IF EXISTS public.idx_cleanup_queue_next_retry;
