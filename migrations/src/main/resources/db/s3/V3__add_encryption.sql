-- s3-orchestrator 00003

ALTER TABLE public.object_locations
    ADD COLUMN encrypted      boolean NOT NULL DEFAULT false,
    ADD COLUMN encryption_key bytea,
    ADD COLUMN key_id         text,
    ADD COLUMN plaintext_size bigint;

ALTER TABLE public.multipart_parts
    ADD COLUMN encrypted      boolean NOT NULL DEFAULT false,
    ADD COLUMN encryption_key bytea,
    ADD COLUMN key_id         text,
    ADD COLUMN plaintext_size bigint;
