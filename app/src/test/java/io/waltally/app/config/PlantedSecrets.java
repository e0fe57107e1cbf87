package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.http.tls.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Configurations with a marked value in every setting that is a secret or may contain one: all that are documented as
 * secrets, those of Kafka's clients, and URLs of receivers. Nothing answers at their addresses.
 */
public final class PlantedSecrets {
    /** Begins every secret. */
    private static final String MARK = "plantedsecret";

    private static final String NOWHERE = "127.0.0.1:1";
    private static final String REGISTRY_USER = "capture";
    private static final String CERTIFICATE = "planted";
    private static final int BASE64_BYTES = 3;
    private static final Pattern LISTENER = Pattern.compile("(webhooks|sinks\\[[0-9]])\\.endpoints\\[0]\\.url");
    private static final Pattern KAFKA_TLS = Pattern.compile("(kafka|streams\\.properties\\.producer)\\.ssl\\..*");
    private static final Pattern REGISTRY_LOGIN = Pattern.compile("registry\\.(user|password)");

    private final Map<String, String> byKey = new LinkedHashMap<>();
    private final TestCertificates certificates;

    /** @param directory for key stores and files with keys and certificates */
    public PlantedSecrets(Path directory) throws IOException {
        certificates = new TestCertificates(directory).add(CERTIFICATE, "EC", "dns:localhost");
        for (ConfigurationDocument.Row row : ConfigurationDocument.rows()) {
            if (row.type().contains("secret") || LISTENER.matcher(row.key()).matches()) {
                plant(row.key());
            }
        }
        for (String name : kafkaSecrets()) {
            plant("kafka." + name);
            plant("streams.properties.producer." + name);
        }
        plant("kafka.config.providers.vault.param.token");
        assertThat(byKey).hasSizeGreaterThan(40).containsKeys("registry.token", "sinks[2].endpoints[0].url");
    }

    private void plant(String key) {
        byKey.put(key, MARK + byKey.size() + "-0123456789");
    }

    private static Set<String> kafkaSecrets() {
        Map<String, ConfigDef.ConfigKey> keys =
                new HashMap<>(ProducerConfig.configDef().configKeys());
        keys.putAll(ConsumerConfig.configDef().configKeys());
        keys.putAll(AdminClientConfig.configDef().configKeys());
        return keys.entrySet().stream()
                .filter(key -> key.getValue().type == ConfigDef.Type.PASSWORD)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Secret by key, without the form that the key wants. */
    public Map<String, String> byKey() {
        return Map.copyOf(byKey);
    }

    /** What no output may contain: the beginning of every secret, also in the encodings of settings and of HTTP. */
    public List<String> texts() {
        List<String> texts = new ArrayList<>(
                privateKey().lines().filter(line -> !line.startsWith("-----")).toList());
        texts.add(MARK);
        texts.add(beginningOfBase64(MARK));
        texts.add(beginningOfBase64(REGISTRY_USER + ":" + MARK));
        return texts;
    }

    /** What the Base64 of all texts begins with that begin with this one. */
    private static String beginningOfBase64(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, bytes.length - bytes.length % BASE64_BYTES));
    }

    /** Valid settings with all secrets, except the registry's token and its TLS. */
    public Map<String, String> withoutStores() {
        Map<String, String> values = new LinkedHashMap<>(byKey);
        values.keySet().removeIf(key -> key.equals("registry.token") || key.startsWith("registry.ssl."));
        values.put("sources.s3.url", "jdbc:postgresql://" + NOWHERE + "/store");
        values.put("sources.s3.sink.user", "writer");
        values.put("sources.sync.url", "jdbc:postgresql://" + NOWHERE + "/store");
        values.put("sources.sync.sink.user", "writer");
        values.put("kafka.bootstrap.servers", NOWHERE);
        values.put("kafka.default.api.timeout.ms", "500");
        values.put("kafka.request.timeout.ms", "500");
        values.put("kafka.security.protocol", "SASL_PLAINTEXT");
        values.put("kafka.sasl.mechanism", "PLAIN");
        values.replaceAll((key, value) -> key.endsWith("sasl.jaas.config") ? jaas(value) : value);
        values.put("registry.url", "https://" + NOWHERE);
        values.put("registry.user", REGISTRY_USER);
        values.replaceAll((key, value) -> LISTENER.matcher(key).matches() ? "https://" + NOWHERE + "/" + value : value);
        values.put("webhooks.endpoints[0].name", "crm");
        values.put("webhooks.endpoints[0].allow-private", "true");
        values.computeIfPresent("webhooks.endpoints[0].secrets", (key, value) -> "whsec_" + base64(value));
        values.computeIfPresent("webhooks.sealing-keys", (key, value) -> base64(value));
        ConfigurationDocument.SINK_TYPES.stream()
                .filter(type -> type != SinkType.ICEBERG)
                .forEach(type -> addSink(values, type));
        return values;
    }

    private static void addSink(Map<String, String> values, SinkType type) {
        String sink = ConfigurationDocument.sink(type);
        values.put(sink + "name", type.id());
        values.put(sink + "type", type.id());
        values.put(sink + "url", "jdbc:postgresql://" + NOWHERE + "/target");
        values.put(sink + "user", "writer");
        if (type == SinkType.POSTGRES) {
            values.put(sink + "source", "s3");
            values.put(sink + "tables", "object_locations");
        }
    }

    private static String jaas(String password) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"" + password
                + "\";";
    }

    /** Of 32 bytes, as signing secrets and sealing keys are. */
    private static String base64(String secret) {
        return Base64.getEncoder().encodeToString(Arrays.copyOf(secret.getBytes(StandardCharsets.UTF_8), 32));
    }

    /** As {@link #withoutStores}, with stores for the registry that the secrets open. */
    public Map<String, String> withStores() {
        Map<String, String> values = withoutStores();
        useStores(values, "registry.");
        return values;
    }

    /**
     * As {@link #withoutStores}, with a token and a private key for the registry, and stores for Kafka that the secrets
     * open.
     */
    public Map<String, String> withToken() {
        Map<String, String> values = withoutStores();
        values.keySet().removeIf(key -> REGISTRY_LOGIN.matcher(key).matches());
        values.put("registry.token", byKey.get("registry.token"));
        String certificate = text(certificates.certificate(CERTIFICATE));
        values.put("registry.ssl.truststore.type", "PEM");
        values.put("registry.ssl.truststore.certificates", certificate);
        values.put("registry.ssl.keystore.type", "PEM");
        values.put("registry.ssl.keystore.certificate.chain", certificate);
        values.put("registry.ssl.keystore.key", privateKey());
        values.put("kafka.security.protocol", "SASL_SSL");
        values.keySet().removeIf(key -> KAFKA_TLS.matcher(key).matches());
        useStores(values, "kafka.");
        return values;
    }

    private void useStores(Map<String, String> values, String section) {
        String ssl = section + "ssl.";
        for (String name : List.of("truststore.password", "keystore.password", "key.password")) {
            values.put(ssl + name, byKey.get(ssl + name));
        }
        char[] ofKey = byKey.get(ssl + "key.password").toCharArray();
        try {
            Certificate certificate = certificate();
            KeyStore trusted = emptyStore();
            trusted.setCertificateEntry(CERTIFICATE, certificate);
            KeyStore keys = emptyStore();
            keys.setKeyEntry(CERTIFICATE, key(), ofKey, new Certificate[] {certificate});
            for (Map.Entry<String, KeyStore> store :
                    Map.of("truststore", trusted, "keystore", keys).entrySet()) {
                Path file = certificates.certificate(CERTIFICATE).resolveSibling(section + store.getKey());
                try (OutputStream output = Files.newOutputStream(file)) {
                    store.getValue()
                            .store(
                                    output,
                                    byKey.get(ssl + store.getKey() + ".password")
                                            .toCharArray());
                }
                values.put(ssl + store.getKey() + ".location", file.toString());
                values.put(ssl + store.getKey() + ".type", "PKCS12");
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private Certificate certificate() throws IOException, GeneralSecurityException {
        try (InputStream input = Files.newInputStream(certificates.certificate(CERTIFICATE))) {
            return CertificateFactory.getInstance("X.509").generateCertificate(input);
        }
    }

    private PrivateKey key() throws GeneralSecurityException {
        String base64 = privateKey().replaceAll("-----[^-]+-----", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    }

    /** As PEM. */
    private String privateKey() {
        return text(certificates.key(CERTIFICATE));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
