package io.waltally.app.topic;

/**
 * A watermark as a bound: every transaction that is in the topics below its offsets has a lower sequence, and no later
 * one has.
 */
record WatermarkBound(int epoch, long lsn) {
    boolean includes(PositionedRecord record) {
        int other = record.headers().epoch();
        return other < epoch || (other == epoch && record.headers().sequence() < lsn);
    }
}
