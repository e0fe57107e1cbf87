package io.waltally.embedded.workload;

/** A backend in one month in UTC, {@code YYYY-MM}. */
public record UsageKey(String backend, String period) {}
