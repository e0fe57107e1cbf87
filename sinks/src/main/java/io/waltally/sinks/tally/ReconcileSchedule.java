package io.waltally.sinks.tally;

import java.time.Duration;

/**
 * How often table rows are compared with the topic when no record arrives.
 *
 * @param interval between two slices
 * @param rows of a slice; bounds the cost of one
 */
record ReconcileSchedule(Duration interval, int rows) {}
