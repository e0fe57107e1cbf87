package io.waltally.webhooks.send;

import java.net.UnknownHostException;

/** A name resolves, but to nothing that requests may reach. */
final class RefusedAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1;

    RefusedAddressException(String message) {
        super(message);
    }
}
