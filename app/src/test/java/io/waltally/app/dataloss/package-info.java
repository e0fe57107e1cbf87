/**
 * Kafka loses records, topics or offsets, or returns from a backup: the loss is reported, and the reported remedy repairs it.
 */
package io.waltally.app.dataloss;
