package io.waltally.sinks.tally;

import java.time.Duration;

/**
 * How often the rows of a table are compared with the topic, although no record has arrived.
 *
 * @param interval between two slices
 * @param rows of a slice; bounds the cost of one
 */
record ReconcileSchedule(Duration interval, int rows) {}
