package io.waltally.app.config;

/**
 * Where the HTTP API listens.
 *
 * @param port 0 for any free one
 */
public record HttpSettings(String host, int port) {
    public static final String PORT = "http.port";

    public HttpSettings {
        if (host.isBlank()) {
            throw new ConfigException("http.host", host, "must be an address of this machine, such as 127.0.0.1");
        }
        if (port < 0 || port > 65_535) {
            throw new ConfigException(PORT, port, "must be from 0 (any free port) to 65535");
        }
    }

    static HttpSettings from(ConfigValues values) {
        return new HttpSettings(values.text("http.host", "127.0.0.1"), values.integer(PORT, 8080));
    }
}
