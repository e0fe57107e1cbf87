package io.waltally.webhooks.schedule;

/** Why an endpoint gets nothing more until it is resumed. */
public enum Disablement {
    /** It answered 410. */
    GONE,
    /** It has accepted nothing for too long. */
    FAILING;

    /** The form in which it is stored for a target, which is neither 0 nor -1. */
    int stored(int target) {
        return switch (this) {
            case GONE -> target;
            case FAILING -> ~target;
        };
    }
}
