package io.waltally.app.secure;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Throw-away certificates: a private authority, a server ({@code localhost}) and a client ({@code waltally}) of it, and
 * an authority that nobody trusts.
 */
final class Certificates {
    /** Of all stores and keys. */
    static final String PASSWORD = "store-password-1";

    private static final String AUTHORITY = "authority";
    private static final String SERVER = "server";
    private static final String CLIENT = "client";
    private static final String STRANGER = "stranger";

    private final Path directory;
    private final KeyStore all;

    /** @param directory for the files, which stay there */
    Certificates(Path directory) {
        this.directory = directory;
        Path store = directory.resolve("all.p12");
        keytool(store, AUTHORITY, "-dname", "CN=authority", "-ext", "bc:c");
        keytool(store, SERVER, "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-signer", AUTHORITY);
        keytool(store, CLIENT, "-dname", "CN=waltally", "-signer", AUTHORITY);
        keytool(store, STRANGER, "-dname", "CN=stranger", "-ext", "bc:c");
        try {
            all = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(Path store, String alias, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-validity",
                "2",
                "-alias",
                alias,
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(options));
        try {
            Process keytool =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (keytool.waitFor() != 0) {
                throw new IllegalStateException(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A store that trusts the authority. */
    Path trustStore() {
        return trusting(AUTHORITY);
    }

    /** A store that trusts another authority. */
    Path strangersTrustStore() {
        return trusting(STRANGER);
    }

    /** The certificate of the authority as PEM. */
    Path authority() {
        return pem(AUTHORITY, "authority.crt");
    }

    /** The certificate of the authority that nobody trusts as PEM. */
    Path stranger() {
        return pem(STRANGER, "stranger.crt");
    }

    Path serverStore() {
        return store(SERVER);
    }

    Path serverCertificate() {
        return pem(SERVER, "server.crt");
    }

    /** As PEM, which PostgreSQL reads. */
    Path serverKey() {
        return write("server.key", keyText(SERVER).getBytes(StandardCharsets.US_ASCII));
    }

    /** As PEM. */
    String clientKeyText() {
        return keyText(CLIENT);
    }

    private String keyText(String alias) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(key(alias).getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    Path clientStore() {
        return store(CLIENT);
    }

    Path clientCertificate() {
        return pem(CLIENT, "client.crt");
    }

    /** As DER, which PostgreSQL's driver reads. */
    Path clientKey() {
        return write("client.pk8", key(CLIENT).getEncoded());
    }

    private Path trusting(String alias) {
        try {
            KeyStore store = empty();
            store.setCertificateEntry(alias, all.getCertificate(alias));
            return save(store, "trusts-" + alias + ".p12");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path store(String alias) {
        try {
            KeyStore store = empty();
            store.setKeyEntry(alias, key(alias), PASSWORD.toCharArray(), all.getCertificateChain(alias));
            return save(store, alias + ".p12");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path save(KeyStore store, String name) throws GeneralSecurityException {
        Path file = directory.resolve(name);
        if (Files.exists(file)) {
            return file;
        }
        try (OutputStream output = Files.newOutputStream(file)) {
            store.store(output, PASSWORD.toCharArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private Key key(String alias) {
        try {
            return all.getKey(alias, PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A PEM file as text. */
    static String text(Path pem) {
        try {
            return Files.readString(pem);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path pem(String alias, String name) {
        try {
            Certificate certificate = all.getCertificate(alias);
            return write(
                    name,
                    ("-----BEGIN CERTIFICATE-----\n"
                                    + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                                    + "\n-----END CERTIFICATE-----\n")
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path write(String name, byte[] content) {
        try {
            Path file = directory.resolve(name);
            // A server or client may be reading it.
            if (!Files.exists(file)) {
                Files.write(file, content);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
