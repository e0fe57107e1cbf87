package io.waltally.app.http.tls;

import io.waltally.app.config.HttpTls;
import io.waltally.app.config.reading.ConfigException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a server is an instance of waltally: its certificate is issued for its name by a trusted issuer, or is
 * the very certificate of the configuration, at whatever address. Commands reach an instance of their machine at a
 * loopback address, which its certificate need not name.
 */
public final class InstanceTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager issuers;
    private final PemFile own;

    private InstanceTrust(X509ExtendedTrustManager issuers, PemFile own) {
        this.issuers = issuers;
        this.own = own;
    }

    /** @throws ConfigException if the file of trusted certificates cannot be used */
    public static void check(HttpTls tls) {
        issuers(tls.trusted());
    }

    /** @throws ConfigException if the file of trusted certificates cannot be used */
    public static SSLContext context(HttpTls tls) {
        InstanceTrust trust =
                new InstanceTrust(issuers(tls.trusted()), new PemFile(HttpTls.CERTIFICATE, tls.certificate()));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509ExtendedTrustManager issuers(Optional<Path> trusted) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(trusted.isPresent() ? store(new PemFile(HttpTls.TRUSTED, trusted.get())) : null);
            return Arrays.stream(factory.getTrustManagers())
                    .filter(X509ExtendedTrustManager.class::isInstance)
                    .map(X509ExtendedTrustManager.class::cast)
                    .findFirst()
                    .orElseThrow();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore store(PemFile trusted) throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int index = 0;
            for (X509Certificate certificate : trusted.certificates()) {
                store.setCertificateEntry("trusted-" + index++, certificate);
            }
            return store;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        orOwn(chain, () -> issuers.checkServerTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        orOwn(chain, () -> issuers.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        orOwn(chain, () -> issuers.checkServerTrusted(chain, type));
    }

    private void orOwn(X509Certificate[] chain, Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException e) {
            if (!isOwn(chain[0], e)) {
                throw e;
            }
        }
    }

    /** Reads the file each time, for the certificate may have been renewed. */
    private boolean isOwn(X509Certificate certificate, CertificateException refusal) {
        try {
            return own.certificates().get(0).equals(certificate);
        } catch (ConfigException e) {
            refusal.addSuppressed(e);
            return false;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        issuers.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        issuers.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        issuers.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.getAcceptedIssuers();
    }

    @FunctionalInterface
    private interface Check {
        void run() throws CertificateException;
    }
}
