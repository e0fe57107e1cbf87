package io.waltally.webhooks.schedule;

/** The reason why delivery to an endpoint is disabled until it is resumed. */
public enum Disablement {
    /** The endpoint answered 410. */
    GONE,
    /** The endpoint has accepted nothing for too long. */
    FAILING;

    /** The form in which it is stored for a target, which is neither 0 nor -1. */
    int stored(int target) {
        return switch (this) {
            case GONE -> target;
            case FAILING -> ~target;
        };
    }
}
