/**
 * Kafka transactions of one capture, and the watermark that each carries. In: encoded records. Out: committed
 * records in cdc topics, and reads of what this writer has written to them.
 */
@NullMarked
package io.waltally.connectors.capture.publishing;

import org.jspecify.annotations.NullMarked;
