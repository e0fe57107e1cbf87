package io.waltally.app.topic;

/**
 * A watermark as an upper bound: transactions below its offsets have a lower sequence than the watermark, and later
 * transactions do not.
 */
record WatermarkBound(int epoch, long lsn) {
    boolean includes(PositionedRecord record) {
        int other = record.headers().epoch();
        return other < epoch || (other == epoch && record.headers().sequence() < lsn);
    }
}
