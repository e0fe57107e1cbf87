package io.waltally.sinks.engine;

import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.Set;

/** The topics that a sink reads, and how their records are grouped into transactions of the target. */
public sealed interface SinkInput {
    /** Names of the topics. */
    Set<String> topics();

    /**
     * Instances share the partitions. A transaction of the target has whatever a poll returned.
     *
     * @param start where a sink begins that the target does not know
     * @param order whether a record replaces the earlier ones of its key
     */
    record Partitions(Set<String> topics, Start start, Order order) implements SinkInput {
        public Partitions {
            topics = Set.copyOf(topics);
        }
    }

    /** One instance reads all partitions. A transaction of the target has whole transactions of the source. */
    record Transactions(Source source, Set<String> topics, Batching batching) implements SinkInput {
        public Transactions {
            topics = Set.copyOf(topics);
        }

        /** Transactions that are written as soon as they are complete. */
        public Transactions(Source source, Set<String> topics) {
            this(source, topics, Batching.PROMPT);
        }
    }

    /**
     * The number of transactions of a source that become one transaction of the target.
     *
     * @param records about so many at most, unless one transaction of the source has more
     * @param interval from one commit to the next while fewer records than that wait
     */
    record Batching(int records, Duration interval) {
        /** For targets whose commits cost little. */
        public static final Batching PROMPT = new Batching(SinkConsumers.BATCH_RECORDS, Duration.ZERO);

        public Batching {
            if (records < 1) {
                throw new IllegalArgumentException("records is " + records + ", must be positive");
            }
            if (interval.isNegative()) {
                throw new IllegalArgumentException("interval is " + interval + ", must not be negative");
            }
        }
    }

    /** The end of the topics at which a new sink begins. */
    enum Start {
        BEGINNING,
        END
    }

    /** Whether a later record of a key replaces the earlier ones. */
    enum Order {
        /** Only the last record of each key is written. */
        LATEST_PER_KEY,
        /** Every record is written; a later record does not replace it. */
        EVERY_RECORD
    }
}
