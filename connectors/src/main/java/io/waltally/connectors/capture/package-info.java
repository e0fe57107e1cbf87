/**
 * From the WAL to the cdc topics, one {@link io.waltally.connectors.capture.Capture} per source.
 *
 * <p>The way of a change: {@code CaptureEngine} (Debezium) yields it to {@code ChangeHandler}, which finds where
 * transactions end; {@code RecordEncoder} makes it a Kafka record; {@code TransactionPublisher} sends it in a Kafka
 * transaction that closes with the {@code Watermark} of everything it completes.
 */
@NullMarked
package io.waltally.connectors.capture;

import org.jspecify.annotations.NullMarked;
