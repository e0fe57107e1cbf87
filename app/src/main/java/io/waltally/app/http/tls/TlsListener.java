package io.waltally.app.http.tls;

import io.waltally.app.config.HttpTls;
import io.waltally.app.config.reading.ConfigException;
import java.security.KeyStoreException;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TLS side of the server: 1.2 and later. Takes up a new certificate when its files change. */
public final class TlsListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsListener.class);

    private static final long LOOK_SECONDS = 30;

    private final HttpTls files;
    private final SslContextFactory.Server context = new SslContextFactory.Server();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "http-certificate");
        thread.setDaemon(true);
        return thread;
    });
    private ServerCertificate current;
    private String lastFailure = "";

    /** @throws ConfigException if the files cannot be used */
    public TlsListener(HttpTls files) {
        this.files = files;
        this.current = ServerCertificate.load(files);
        use(current, context);
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        var unused = timer.scheduleWithFixedDelay(this::reload, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** @throws ConfigException if the files cannot be used */
    public static void check(HttpTls files) {
        ServerCertificate.load(files);
    }

    public ServerConnector connector(Server server, HttpConfiguration configuration, String host, int port) {
        HttpConfiguration secure = new HttpConfiguration(configuration);
        SecureRequestCustomizer customizer = new SecureRequestCustomizer();
        // Commands of this machine ask at a loopback address, which the certificate need not name.
        customizer.setSniHostCheck(false);
        secure.addCustomizer(customizer);
        ServerConnector connector = new ServerConnector(server, context, new HttpConnectionFactory(secure));
        connector.setHost(host);
        connector.setPort(port);
        return connector;
    }

    /** Takes up what the files contain now; keeps the certificate if they cannot be used. */
    synchronized void reload() {
        try {
            ServerCertificate loaded = ServerCertificate.load(files);
            lastFailure = "";
            if (!loaded.equals(current)) {
                context.reload(factory -> use(loaded, factory));
                current = loaded;
                LOG.info("the HTTP API has a new certificate: {}", loaded);
            }
        } catch (ConfigException e) {
            failed(e.getMessage());
        } catch (Exception e) { // what SslContextFactory.reload declares
            failed(e.toString());
        }
    }

    private void failed(String reason) {
        if (!reason.equals(lastFailure)) {
            LOG.warn(
                    "the HTTP API keeps its certificate ({}), because the new one cannot be used: {}", current, reason);
            lastFailure = reason;
        }
    }

    private static void use(ServerCertificate certificate, SslContextFactory factory) {
        try {
            factory.setKeyStore(certificate.store());
            factory.setKeyStorePassword(ServerCertificate.STORE_PASSWORD);
        } catch (KeyStoreException e) {
            throw new IllegalStateException(e);
        }
        Instant end = certificate.leaf().getNotAfter().toInstant();
        if (end.isBefore(Instant.now())) {
            LOG.warn("the certificate of the HTTP API expired at {}: clients will refuse it", end);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
