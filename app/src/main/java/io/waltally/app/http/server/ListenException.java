package io.waltally.app.http.server;

/** Another process uses the port of the HTTP API. */
public final class PortTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PortTakenException(String host, int port) {
        super("port " + port + " of " + host + " is in use; stop what listens there, or choose another by --http-port"
                + " or http.port");
    }
}
