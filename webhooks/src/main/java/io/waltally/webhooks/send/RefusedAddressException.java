package io.waltally.webhooks.send;

import java.net.UnknownHostException;

/** A name resolves to addresses that requests must not reach. */
final class RefusedAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1;

    RefusedAddressException(String message) {
        super(message);
    }
}
