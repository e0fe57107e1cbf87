-- s3-orchestrator 00009

CREATE TABLE public.cleanup_dlq (
    id                bigserial PRIMARY KEY,
    original_id       bigint      NOT NULL,
    backend_name      text        NOT NULL REFERENCES public.backend_quotas (backend_name),
    object_key        text        NOT NULL,
    reason            text        NOT NULL,
    size_bytes        bigint      NOT NULL DEFAULT 0,
    attempts          integer     NOT NULL,
    first_enqueued_at timestamptz NOT NULL,
    moved_at          timestamptz NOT NULL DEFAULT now(),
    last_error        text
);

CREATE INDEX idx_cleanup_dlq_backend ON public.cleanup_dlq (backend_name);
