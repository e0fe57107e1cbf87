package io.waltally.sinks.tally;

import java.time.Duration;

/**
 * The schedule by which table rows are compared with the topic when no record arrives.
 *
 * @param interval between two slices
 * @param rows of a slice; bounds the cost of one
 */
record ReconcileSchedule(Duration interval, int rows) {}
