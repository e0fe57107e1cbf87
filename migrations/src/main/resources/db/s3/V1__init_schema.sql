-- s3-orchestrator 00001. Every name is qualified: the search path belongs to whoever runs this.

CREATE TABLE public.backend_quotas (
    backend_name text PRIMARY KEY,
    bytes_used   bigint NOT NULL DEFAULT 0,
    bytes_limit  bigint NOT NULL,
    updated_at   timestamptz DEFAULT now()
);

CREATE TABLE public.object_locations (
    object_key   text   NOT NULL,
    backend_name text   NOT NULL REFERENCES public.backend_quotas (backend_name),
    size_bytes   bigint NOT NULL,
    created_at   timestamptz DEFAULT now(),
    PRIMARY KEY (object_key, backend_name)
);

CREATE INDEX idx_object_locations_backend ON public.object_locations (backend_name);
CREATE INDEX idx_object_locations_key_pattern ON public.object_locations (object_key text_pattern_ops);
CREATE INDEX idx_object_locations_created ON public.object_locations (created_at);

CREATE TABLE public.multipart_uploads (
    upload_id    text PRIMARY KEY,
    object_key   text NOT NULL,
    backend_name text NOT NULL REFERENCES public.backend_quotas (backend_name),
    content_type text,
    created_at   timestamptz DEFAULT now()
);

CREATE INDEX idx_multipart_uploads_created ON public.multipart_uploads (created_at);
CREATE INDEX idx_multipart_uploads_key_pattern ON public.multipart_uploads (object_key text_pattern_ops);

CREATE TABLE public.multipart_parts (
    upload_id   text    NOT NULL REFERENCES public.multipart_uploads (upload_id) ON DELETE CASCADE,
    part_number integer NOT NULL,
    etag        text    NOT NULL,
    size_bytes  bigint  NOT NULL,
    created_at  timestamptz DEFAULT now(),
    PRIMARY KEY (upload_id, part_number)
);

CREATE TABLE public.backend_usage (
    backend_name  text        NOT NULL REFERENCES public.backend_quotas (backend_name),
    period        text        NOT NULL,
    api_requests  bigint      NOT NULL DEFAULT 0,
    egress_bytes  bigint      NOT NULL DEFAULT 0,
    ingress_bytes bigint      NOT NULL DEFAULT 0,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backend_name, period)
);

CREATE TABLE public.cleanup_queue (
    id           bigserial PRIMARY KEY,
    backend_name text        NOT NULL REFERENCES public.backend_quotas (backend_name),
    object_key   text        NOT NULL,
    reason       text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    next_retry   timestamptz NOT NULL DEFAULT now(),
    attempts     integer     NOT NULL DEFAULT 0,
    last_error   text
);

CREATE INDEX idx_cleanup_queue_next_retry ON public.cleanup_queue (next_retry) WHERE attempts < 10;
