package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import java.nio.file.Path;
import java.util.Optional;

/**
 * TLS of the HTTP API. All files are PEM.
 *
 * @param certificate the server's certificate, then its issuers
 * @param key its private key, not encrypted
 * @param trusted certificates of the issuers that clients trust; empty: those that the JDK trusts
 */
public record HttpTls(Path certificate, Path key, Optional<Path> trusted) {
    public static final String CERTIFICATE = "http.tls.certificate";
    public static final String KEY = "http.tls.key";
    public static final String TRUSTED = "http.tls.trusted";

    /** Empty if the API does without TLS. */
    static Optional<HttpTls> from(ConfigValues values) {
        values.section("http.tls");
        Optional<Path> certificate = values.path(CERTIFICATE);
        Optional<Path> key = values.path(KEY);
        Optional<Path> trusted = values.path(TRUSTED);
        if (certificate.isPresent() && key.isPresent()) {
            return Optional.of(new HttpTls(certificate.get(), key.get(), trusted));
        }
        if (certificate.isPresent() || key.isPresent() || trusted.isPresent()) {
            String missing = certificate.isPresent() ? KEY : CERTIFICATE;
            throw ConfigException.stated(
                    missing, missing + " is missing: TLS needs " + CERTIFICATE + " and " + KEY + ", or neither");
        }
        return Optional.empty();
    }
}
