package io.waltally.pipeline.quota;

/**
 * Monthly limits of a backend; 0 is unlimited.
 *
 * @param apiRequests a count
 * @param egressBytes bytes
 * @param ingressBytes bytes
 */
public record UsageLimits(long apiRequests, long egressBytes, long ingressBytes) {
    public static final UsageLimits UNLIMITED = new UsageLimits(0, 0, 0);

    public UsageLimits {
        require("api_requests", apiRequests);
        require("egress_bytes", egressBytes);
        require("ingress_bytes", ingressBytes);
    }

    private static void require(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    "usage limit " + name + " is " + value + ": must not be negative (0 is unlimited)");
        }
    }
}
