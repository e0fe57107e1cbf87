/**
 * The edges of the pipeline: {@code capture} reads PostgreSQL and writes Kafka. Only this module depends on Debezium
 * and Kafka Connect.
 */
@NullMarked
package io.waltally.connectors;

import org.jspecify.annotations.NullMarked;
