-- s3-orchestrator 00010. Every part of an encrypted upload shares one key.

ALTER TABLE public.multipart_uploads
    ADD COLUMN encryption_key bytea,
    ADD COLUMN key_id         text;
