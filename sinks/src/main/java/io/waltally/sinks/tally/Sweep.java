package io.waltally.sinks.tally;

import java.time.Duration;

/**
 * How often the keys of a table are looked at beside the topic.
 *
 * @param interval between two slices
 * @param rows of a slice; bounds the cost of one
 */
record Sweep(Duration interval, int rows) {}
