package io.waltally.app.http.tls;

import io.waltally.app.config.reading.ConfigException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PEM file that the configuration names. No message contains what is in it.
 *
 * @param setting the key that names the file
 */
record PemFile(String setting, Path path) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PKCS8 = "PRIVATE KEY";

    /** @throws ConfigException if the file cannot be read, or has no certificate */
    List<X509Certificate> certificates() {
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher block = BLOCK.matcher(text());
        while (block.find()) {
            if (block.group(1).equals(CERTIFICATE)) {
                certificates.add(certificate(block.group(2)));
            }
        }
        if (certificates.isEmpty()) {
            throw wrong("has no certificate (BEGIN CERTIFICATE); it must be a PEM file");
        }
        return certificates;
    }

    private X509Certificate certificate(String base64) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(decoded(base64)));
        } catch (CertificateException e) {
            throw wrong("has a certificate that is malformed: " + e.getMessage());
        }
    }

    /**
     * @param algorithm of the public key that belongs to it
     * @throws ConfigException if the file cannot be read, or has no such private key in PKCS #8
     */
    PrivateKey privateKey(String algorithm) {
        Matcher block = BLOCK.matcher(text());
        while (block.find()) {
            String type = block.group(1);
            if (type.equals(PKCS8)) {
                return privateKey(algorithm, decoded(block.group(2)));
            }
            if (type.endsWith(PKCS8)) {
                throw wrong("has a key of another form (" + type + "); 'openssl pkcs8 -topk8 -nodes -in " + path
                        + "' prints it as PKCS #8 without encryption (" + PKCS8 + ")");
            }
        }
        throw wrong("has no private key (BEGIN " + PKCS8 + "); it must be a PEM file");
    }

    private PrivateKey privateKey(String algorithm, byte[] encoded) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } catch (GeneralSecurityException e) {
            throw wrong("has no " + algorithm + " key, as the certificate has");
        }
    }

    private byte[] decoded(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw wrong("is not valid PEM");
        }
    }

    private String text() {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw wrong("does not exist");
        } catch (AccessDeniedException e) {
            throw wrong("cannot be read by this user");
        } catch (IOException e) {
            throw wrong("cannot be read: " + e.getMessage());
        }
    }

    ConfigException wrong(String problem) {
        return ConfigException.stated(setting, setting + " is \"" + path + "\": the file " + problem);
    }
}
