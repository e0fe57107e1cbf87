/**
 * From the WAL to the cdc topics, one {@link io.waltally.connectors.capture.Capture} per source.
 *
 * <ul>
 *   <li>Who leads, and for how long: {@code Capture}, {@code LeadWatch}, {@code Failure}.
 *   <li>Where it begins: {@code CaptureSession}, {@code Prerequisites}, {@code Start}, {@code History}, {@code NewSlot}.
 *   <li>What was there before: {@code Snapshots}, which read through {@code RowReader}; {@code ChangedKeys} and {@code
 *       VanishedRows} keep them and the stream consistent.
 *   <li>The way of a change: {@code CaptureEngine} (Debezium) yields it to {@code ChangeHandler}, which finds where
 *       transactions end, and fills in by {@code UnchangedValues} and {@code LiveKeys} what the server leaves out; {@code
 *       RecordEncoder} makes it a Kafka record, {@code SchemaRegistration} and {@code DeadLetters} take what it cannot;
 *       {@code TransactionPublisher} sends it in a Kafka transaction that closes with the {@code Watermark} of everything
 *       it completes.
 *   <li>What the server retains meanwhile: {@code IdleMessages}, {@code SlotWatch}.
 * </ul>
 */
@NullMarked
package io.waltally.connectors.capture;

import org.jspecify.annotations.NullMarked;
