package io.waltally.webhooks.deliver;

/** An endpoint did not take an event, however often it was tried. */
final class UndeliverableException extends Exception {
    private static final long serialVersionUID = 1;

    UndeliverableException(String message) {
        super(message);
    }
}
