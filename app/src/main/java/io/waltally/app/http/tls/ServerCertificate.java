package io.waltally.app.http.tls;

import io.waltally.app.config.HttpTls;
import io.waltally.app.config.reading.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/**
 * A certificate with its private key.
 *
 * @param chain the certificate, then its issuers
 */
record ServerCertificate(List<X509Certificate> chain, PrivateKey key) {
    /** The password of the key store, which exists only in memory. */
    static final String STORE_PASSWORD = "in memory";

    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");
    private static final byte[] SAMPLE = "sample".getBytes(StandardCharsets.US_ASCII);

    ServerCertificate {
        chain = List.copyOf(chain);
    }

    /** @throws ConfigException if a file cannot be used, or the key is not the certificate's */
    static ServerCertificate load(HttpTls tls) {
        PemFile certificates = new PemFile(HttpTls.CERTIFICATE, tls.certificate());
        PemFile key = new PemFile(HttpTls.KEY, tls.key());
        List<X509Certificate> chain = certificates.certificates();
        String algorithm = chain.get(0).getPublicKey().getAlgorithm();
        if (!SIGNATURES.containsKey(algorithm)) {
            throw certificates.wrong(
                    "has a certificate with a key of type " + algorithm + "; it must be RSA, EC or EdDSA");
        }
        ServerCertificate certificate = new ServerCertificate(chain, key.privateKey(algorithm));
        if (!certificate.keyMatchesCertificate()) {
            throw key.wrong("has another key than that of the certificate in " + tls.certificate() + " ("
                    + HttpTls.CERTIFICATE + ")");
        }
        try {
            certificate.store();
        } catch (KeyStoreException e) {
            throw certificates.wrong("must have the server's certificate first, then its issuer, then that one's");
        }
        return certificate;
    }

    private boolean keyMatchesCertificate() {
        try {
            Signature signature =
                    Signature.getInstance(SIGNATURES.get(leaf().getPublicKey().getAlgorithm()));
            signature.initSign(key);
            signature.update(SAMPLE);
            byte[] signed = signature.sign();
            signature.initVerify(leaf().getPublicKey());
            signature.update(SAMPLE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    X509Certificate leaf() {
        return chain.get(0);
    }

    /** @throws KeyStoreException if the certificates are no chain */
    KeyStore store() throws KeyStoreException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("http", key, STORE_PASSWORD.toCharArray(), chain.toArray(Certificate[]::new));
            return store;
        } catch (KeyStoreException e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return leaf().getSubjectX500Principal() + ", valid until "
                + leaf().getNotAfter().toInstant();
    }
}
