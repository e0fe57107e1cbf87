package io.waltally.sinks.tally;

/** The tables that a sink of tallies writes to. */
public enum TallyMode {
    /** To the tables of schema {@code waltally}, beside an application that keeps its own counters. */
    SHADOW,
    /** To these and to the counters of the application's table. */
    AUTHORITATIVE
}
