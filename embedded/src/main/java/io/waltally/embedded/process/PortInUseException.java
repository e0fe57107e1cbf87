package io.waltally.embedded.process;

/** Another process uses the requested port. */
public final class PortInUseException extends EmbeddedServerException {
    private final String service;
    private final int port;

    public PortInUseException(String service, int port) {
        super("port " + port + " for " + service + " is in use; stop what listens there or choose another port");
        this.service = service;
        this.port = port;
    }

    /** The server that was to listen: "PostgreSQL", "Kafka" or "the schema registry". */
    public String service() {
        return service;
    }

    public int port() {
        return port;
    }
}
