package io.waltally.app.secure;

import io.waltally.app.fixture.Wait;
import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.SchemaRegistry;
import io.waltally.embedded.ServerOptions;
import io.waltally.embedded.process.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler;

/**
 * PostgreSQL that takes only TLS connections with passwords, and of {@code waltally} a client certificate too; Kafka
 * with every mechanism of authentication, and ACLs; a registry behind TLS, once with basic authentication, and once with
 * bearer tokens and client certificates.
 */
final class SecuredServers implements AutoCloseable {
    static final String ADMIN_PASSWORD = "postgres-password-1";
    static final String PASSWORD = "waltally-password-1";
    static final String KAFKA_PASSWORD = "kafka-password-1";
    static final String REGISTRY_PASSWORD = "registry-password-1";
    static final List<String> ACCOUNTS = List.of("capture", "streams", "sinks", "webhooks", "commands");

    private static final String REGISTRY_TOKEN = "registry-token-1-of-";

    /** The key of the secret that proves a client to the issuer of tokens. */
    static final String CLIENT_SECRET = "kafka.sasl.oauthbearer.client.credentials.client.secret";

    private final Certificates certificates;
    private final PostgresServer postgres = PostgresServer.start(ServerOptions.ephemeral());
    private final int sasl = Ports.anyFree();
    private final int mutual = Ports.anyFree();
    private final TokenIssuer tokens;
    private final KafkaBroker kafka;
    private final SchemaRegistry registry = SchemaRegistry.start(ServerOptions.ephemeral());
    private final SecuredRegistry registryByPassword;
    private final SecuredRegistry registryByToken;

    SecuredServers(Path directory) throws SQLException {
        certificates = new Certificates(directory);
        tokens = new TokenIssuer(certificates);
        System.setProperty(
                BrokerSecurityConfigs.ALLOWED_SASL_OAUTHBEARER_URLS_CONFIG,
                tokens.tokenEndpoint() + "," + tokens.keys());
        kafka = KafkaBroker.start(ServerOptions.ephemeral(), kafkaSettings());
        registryByPassword = registryFront(account -> SecuredRegistry.basic(account, REGISTRY_PASSWORD), false);
        registryByToken = registryFront(account -> "Bearer " + REGISTRY_TOKEN + account, true);
        securePostgres();
    }

    private SecuredRegistry registryFront(UnaryOperator<String> header, boolean clientCertificates) {
        return registryFront(
                ACCOUNTS.stream().collect(Collectors.toMap(header, account -> account)), clientCertificates);
    }

    /**
     * Puts one more server in front of the registry.
     *
     * @param roles role by the value of the header Authorization
     */
    SecuredRegistry registryFront(Map<String, String> roles, boolean clientCertificates) {
        return new SecuredRegistry(registry.uri(), certificates, roles, clientCertificates);
    }

    /** All secrets of all accounts. */
    List<String> secrets() {
        return List.of(
                ADMIN_PASSWORD,
                PASSWORD,
                KAFKA_PASSWORD,
                REGISTRY_PASSWORD,
                REGISTRY_TOKEN,
                TokenIssuer.CLIENT_SECRET,
                Certificates.PASSWORD,
                certificates.clientKeyText().lines().skip(1).findFirst().orElseThrow());
    }

    Certificates certificates() {
        return certificates;
    }

    private Map<String, String> kafkaSettings() {
        Map<String, String> settings = new HashMap<>();
        String listeners = ",SASL_SSL://127.0.0.1:" + sasl + ",SSL://127.0.0.1:" + mutual;
        settings.put("listeners", listeners.substring(1));
        settings.put("advertised.listeners", listeners.substring(1).replace("127.0.0.1", "localhost"));
        settings.put("listener.security.protocol.map", "SASL_SSL:SASL_SSL,SSL:SSL");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "SCRAM-SHA-512,PLAIN,OAUTHBEARER");
        settings.put(
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        settings.put(
                "listener.name.sasl_ssl.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_streams=\"" + KAFKA_PASSWORD
                        + "\";");
        String bearer = "listener.name.sasl_ssl.oauthbearer.sasl.";
        settings.put(bearer + "server.callback.handler.class", OAuthBearerValidatorCallbackHandler.class.getName());
        settings.put(bearer + "oauthbearer.jwks.endpoint.url", tokens.keys());
        settings.put(bearer + "oauthbearer.expected.issuer", tokens.issuer());
        settings.put(bearer + "oauthbearer.expected.audience", TokenIssuer.AUDIENCE);
        // The broker logs in with this mechanism nowhere; Kafka wants a principal all the same.
        settings.put(bearer + "jaas.config", bearerModule("unsecuredLoginStringClaim_sub=\"broker\""));
        settings.put("listener.name.ssl.ssl.client.auth", "required");
        settings.put("ssl.keystore.type", "PKCS12");
        settings.put("ssl.keystore.location", certificates.serverStore().toString());
        settings.put("ssl.keystore.password", Certificates.PASSWORD);
        settings.put("ssl.key.password", Certificates.PASSWORD);
        settings.put("ssl.truststore.type", "PKCS12");
        settings.put("ssl.truststore.location", certificates.trustStore().toString());
        settings.put("ssl.truststore.password", Certificates.PASSWORD);
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:ANONYMOUS");
        return settings;
    }

    /** Makes users that authenticate with SCRAM, and access. */
    void grant(Collection<String> scramUsers, Collection<AclBinding> access)
            throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            for (String user : scramUsers) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                                user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), KAFKA_PASSWORD)))
                        .all()
                        .get();
            }
            admin.createAcls(access).all().get();
        }
    }

    /** Takes access away. */
    void revoke(AclBinding access) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteAcls(List.of(access.toFilter())).all().get();
        }
    }

    private void securePostgres() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(postgres.address().jdbcUrl("postgres"), "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER ROLE postgres PASSWORD '" + ADMIN_PASSWORD + "'");
            statement.execute("ALTER SYSTEM SET ssl_cert_file = '" + certificates.serverCertificate() + "'");
            statement.execute("ALTER SYSTEM SET ssl_key_file = '" + certificates.serverKey() + "'");
            statement.execute("ALTER SYSTEM SET ssl_ca_file = '" + certificates.authority() + "'");
            statement.execute("ALTER SYSTEM SET ssl = on");
            try (ResultSet file = statement.executeQuery("SHOW hba_file")) {
                file.next();
                Files.writeString(Path.of(file.getString(1)), """
                        hostssl all waltally 127.0.0.1/32 scram-sha-256 clientcert=verify-full
                        hostssl all all 127.0.0.1/32 scram-sha-256
                        """);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            statement.execute("SELECT pg_reload_conf()");
        }
        Wait.until("PostgreSQL takes TLS connections only", () -> {
            try (Connection connection = administrator("postgres")) {
                return connection.isValid(1) && !takesPlainConnections();
            } catch (SQLException notYet) {
                return false;
            }
        });
    }

    private boolean takesPlainConnections() {
        try (Connection connection = DriverManager.getConnection(
                postgres.address().jdbcUrl("postgres") + "?sslmode=disable", "postgres", ADMIN_PASSWORD)) {
            return connection.isValid(1);
        } catch (SQLException refused) {
            return false;
        }
    }

    Connection administrator(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", ADMIN_PASSWORD);
        return DriverManager.getConnection(url(database, certificates.authority()), properties);
    }

    /** A JDBC URL with TLS. */
    String url(String database, Path authority) {
        return "jdbc:postgresql://localhost:" + postgres.address().port() + "/" + database
                + "?sslmode=verify-full&sslrootcert=" + authority + "&sslcert=" + certificates.clientCertificate()
                + "&sslkey=" + certificates.clientKey();
    }

    /** The configuration of source s3, without Kafka and the registry. */
    Map<String, String> configuration() {
        Map<String, String> values = new HashMap<>();
        values.put("sources.s3.url", url(PostgresAddress.S3_DATABASE, certificates.authority()));
        values.put("sources.s3.password", PASSWORD);
        values.put("sources.s3.admin.password", ADMIN_PASSWORD);
        values.put("http.port", "0");
        return values;
    }

    Map<String, String> registryByPassword(String account) {
        Map<String, String> values = trusting(registryByPassword);
        values.put("registry.user", account);
        values.put("registry.password", REGISTRY_PASSWORD);
        return values;
    }

    /** With a client certificate of a store. */
    Map<String, String> registryByToken(String account) {
        Map<String, String> values = trusting(registryByToken);
        values.put("registry.token", REGISTRY_TOKEN + account);
        values.put("registry.ssl.keystore.location", certificates.clientStore().toString());
        values.put("registry.ssl.keystore.password", Certificates.PASSWORD);
        values.put("registry.ssl.key.password", Certificates.PASSWORD);
        values.put("registry.ssl.keystore.type", "PKCS12");
        return values;
    }

    /** As {@link #registryByToken}, with certificates as PEM. */
    Map<String, String> registryByTokenWithPem(String account) {
        Map<String, String> values = new HashMap<>();
        values.put("registry.url", registryByToken.url());
        values.put("registry.token", REGISTRY_TOKEN + account);
        values.put("registry.ssl.truststore.type", "PEM");
        values.put("registry.ssl.truststore.certificates", Certificates.text(certificates.authority()));
        values.put("registry.ssl.keystore.type", "PEM");
        values.put("registry.ssl.keystore.certificate.chain", Certificates.text(certificates.clientCertificate()));
        values.put("registry.ssl.keystore.key", certificates.clientKeyText());
        return values;
    }

    Map<String, String> trusting(SecuredRegistry secured) {
        Map<String, String> values = new HashMap<>();
        values.put("registry.url", secured.url());
        values.put("registry.ssl.truststore.location", certificates.trustStore().toString());
        values.put("registry.ssl.truststore.password", Certificates.PASSWORD);
        values.put("registry.ssl.truststore.type", "PKCS12");
        return values;
    }

    Map<String, String> scram(String user) {
        return sasl(
                "SCRAM-SHA-512",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
                        + KAFKA_PASSWORD + "\";");
    }

    Map<String, String> plain(String user) {
        return sasl(
                "PLAIN",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user + "\" password=\""
                        + KAFKA_PASSWORD + "\";");
    }

    /** With tokens of the issuer, by the client credentials grant. */
    Map<String, String> bearer(String user) {
        Map<String, String> values = sasl("OAUTHBEARER", bearerModule(""));
        values.put("kafka.sasl.oauthbearer.client.credentials.client.id", user);
        values.put(CLIENT_SECRET, TokenIssuer.CLIENT_SECRET);
        values.put("kafka.sasl.login.callback.handler.class", OAuthBearerLoginCallbackHandler.class.getName());
        values.put("kafka.sasl.oauthbearer.token.endpoint.url", tokens.tokenEndpoint());
        return values;
    }

    /** The module takes the settings of TLS with the issuer among its options. */
    private String bearerModule(String options) {
        return OAuthBearerLoginModule.class.getName() + " required " + options + " ssl.truststore.location=\""
                + certificates.trustStore() + "\" ssl.truststore.type=\"PKCS12\" ssl.truststore.password=\""
                + Certificates.PASSWORD + "\";";
    }

    private Map<String, String> sasl(String mechanism, String jaas) {
        Map<String, String> values = trusting("SASL_SSL", sasl);
        values.put("kafka.sasl.mechanism", mechanism);
        values.put("kafka.sasl.jaas.config", jaas);
        return values;
    }

    Map<String, String> clientCertificate() {
        Map<String, String> values = trusting("SSL", mutual);
        values.put("kafka.ssl.keystore.location", certificates.clientStore().toString());
        values.put("kafka.ssl.keystore.password", Certificates.PASSWORD);
        values.put("kafka.ssl.keystore.type", "PKCS12");
        values.put("kafka.ssl.key.password", Certificates.PASSWORD);
        return values;
    }

    private Map<String, String> trusting(String protocol, int port) {
        Map<String, String> values = new HashMap<>();
        values.put("kafka.bootstrap.servers", "localhost:" + port);
        values.put("kafka.security.protocol", protocol);
        values.put("kafka.ssl.truststore.location", certificates.trustStore().toString());
        values.put("kafka.ssl.truststore.password", Certificates.PASSWORD);
        values.put("kafka.ssl.truststore.type", "PKCS12");
        return values;
    }

    /** The requests that the fronts of the registry have denied. */
    Set<String> deniedByRegistry() {
        Set<String> denied = new TreeSet<>(registryByPassword.denied());
        denied.addAll(registryByToken.denied());
        return denied;
    }

    @Override
    public void close() {
        registryByPassword.close();
        registryByToken.close();
        registry.close();
        kafka.close();
        tokens.close();
        System.clearProperty(BrokerSecurityConfigs.ALLOWED_SASL_OAUTHBEARER_URLS_CONFIG);
        postgres.close();
    }
}
