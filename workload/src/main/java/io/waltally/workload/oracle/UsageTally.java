package io.waltally.workload.oracle;

/** The usage of a backend in a month: requests, egress and ingress bytes. */
public record UsageTally(long apiRequests, long egressBytes, long ingressBytes) {}
