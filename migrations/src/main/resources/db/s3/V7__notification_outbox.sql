-- s3-orchestrator 00007

CREATE TABLE public.notification_outbox (
    id           bigserial PRIMARY KEY,
    event_type   text        NOT NULL,
    payload      jsonb       NOT NULL,
    endpoint_url text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    next_retry   timestamptz NOT NULL DEFAULT now(),
    attempts     integer     NOT NULL DEFAULT 0,
    last_error   text
);

CREATE INDEX idx_notification_outbox_pending ON public.notification_outbox (next_retry) WHERE attempts < 10;
