-- s3-orchestrator 00008. intent_id holds a UUID but is text, as the application declares it.

CREATE TABLE public.pending_objects (
    intent_id      text PRIMARY KEY,
    object_key     text        NOT NULL,
    backend_name   text        NOT NULL REFERENCES public.backend_quotas (backend_name),
    size_bytes     bigint      NOT NULL,
    encrypted      boolean     NOT NULL DEFAULT false,
    encryption_key bytea,
    key_id         text,
    plaintext_size bigint,
    content_hash   text,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_pending_objects_created ON public.pending_objects (created_at);
CREATE INDEX idx_pending_objects_backend ON public.pending_objects (backend_name);
