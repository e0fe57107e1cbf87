/**
 * Debezium's records in the Confluent wire format. In: a source record. Out: key and value as bytes, registered
 * schemas, and a dead letter for each change that has no Avro form.
 */
@NullMarked
package io.waltally.connectors.capture.encoding;

import org.jspecify.annotations.NullMarked;
