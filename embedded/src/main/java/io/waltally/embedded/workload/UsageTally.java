package io.waltally.embedded.workload;

/** What a backend was used for in a month: requests, and bytes that left and entered it. */
public record UsageTally(long apiRequests, long egressBytes, long ingressBytes) {}
