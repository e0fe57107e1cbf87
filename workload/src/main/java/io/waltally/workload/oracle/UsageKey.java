package io.waltally.workload.oracle;

/** A backend in one month in UTC, {@code YYYY-MM}. */
public record UsageKey(String backend, String period) {}
