package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinarySerde;

/**
 * The state of a row of bsos.
 *
 * @param length of the payload, in the configured unit
 * @param expiry in microseconds; {@link io.waltally.pipeline.row.Timestamps#NEVER} if it does not expire
 */
public record StoredRecord(long length, long expiry) {
    public static final BinarySerde<StoredRecord> SERDE = BinarySerde.ofValue(
            (record, output) -> output.number(record.length).number(record.expiry),
            input -> new StoredRecord(input.number(), input.number()));
}
