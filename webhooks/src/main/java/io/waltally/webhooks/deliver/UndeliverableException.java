package io.waltally.webhooks.deliver;

/** An endpoint did not accept an event in any attempt. */
final class UndeliverableException extends Exception {
    private static final long serialVersionUID = 1;

    UndeliverableException(String message) {
        super(message);
    }
}
