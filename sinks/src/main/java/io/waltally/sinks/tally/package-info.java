/**
 * Tallies in the database of their source: exact values in tables of waltally's own, and in the application's tables if
 * waltally is to keep its counters.
 */
@NullMarked
package io.waltally.sinks.tally;

import org.jspecify.annotations.NullMarked;
