-- Positions of the sinks that write to this database. In other targets the sinks create these tables themselves, with
-- the same statements.

CREATE TABLE IF NOT EXISTS waltally.sinks (
    sink       text PRIMARY KEY,
    cluster_id text NOT NULL,
    reset_id   text NOT NULL
);

CREATE TABLE IF NOT EXISTS waltally.sink_positions (
    sink        text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    topic_id    text NOT NULL,
    epoch       bigint NOT NULL,
    next_offset bigint,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sink, topic, partition)
);
