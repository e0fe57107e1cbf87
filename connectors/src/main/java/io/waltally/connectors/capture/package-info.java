/**
 * Change data capture, from the WAL to the cdc topics: one {@link io.waltally.connectors.capture.Capture} per source.
 * In: the WAL. Out: records in Kafka transactions that hold whole PostgreSQL transactions.
 *
 * <p>The way of a change: {@code debezium} reads it from the replication stream; {@code stream} finds where
 * transactions end, and fills in values that the server omits; {@code encoding} makes it a Kafka record; {@code
 * publishing} sends it in a Kafka transaction that ends with the {@code Watermark}. Beside it, {@code snapshot} reads
 * tables, {@code source} asks the server, and {@code retention} watches the WAL that the server retains. This package
 * decides who leads, where to start, and what an error means. A package depends only on packages to its right: {@code
 * capture} → {@code stream} → {@code snapshot} → {@code debezium} → {@code encoding} → {@code publishing} → {@code
 * retention} → {@code source} → {@code error} → {@code config}.
 */
@NullMarked
package io.waltally.connectors.capture;

import org.jspecify.annotations.NullMarked;
