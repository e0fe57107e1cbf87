-- s3-orchestrator 00005. SHA-256 of the plaintext, in hex.

ALTER TABLE public.object_locations ADD COLUMN content_hash text;
