package io.waltally.app.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.RegistrySettings;
import io.waltally.app.run.ExternalSystems;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class ExplanationTest {
    private static final String KAFKA = "Kafka at broker:9092 (kafka.bootstrap.servers) ";
    private static final String REGISTRY = "the schema registry at http://registry:8081/v7 (registry.url) ";
    private static final Configuration CONFIGURATION = Configuration.from(
            Map.of("kafka.bootstrap.servers", "broker:9092", "registry.url", "http://registry:8081/v7"));

    @ParameterizedTest
    @MethodSource("failures")
    void everyFailureNamesServerKeyAndRemedy(Throwable failure, String sentence) {
        assertThat(Explanation.of(failure, Optional.of(CONFIGURATION)))
                .get()
                .asString()
                .startsWith(sentence)
                .doesNotContain("secret")
                .doesNotContain("Exception");
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(
                        new KafkaException(
                                "Failed to create new KafkaAdminClient",
                                new org.apache.kafka.common.config.ConfigException(
                                        "No resolvable bootstrap urls given in bootstrap.servers")),
                        KAFKA + "cannot be used: No resolvable bootstrap urls given in bootstrap.servers; correct"),
                Arguments.of(
                        new KafkaException(
                                new ExecutionException(new SaslAuthenticationException("Authentication failed"))),
                        KAFKA + "refuses the login: Authentication failed; check kafka.sasl"),
                Arguments.of(
                        new TopicAuthorizationException("Not authorized", Set.of("agg.user-storage")),
                        KAFKA + "refuses an operation: Not authorized (topics agg.user-storage); grant"),
                Arguments.of(
                        new InvalidTxnTimeoutException("too large"),
                        KAFKA + "refuses transactions as long as capture.transaction-timeout"),
                Arguments.of(
                        new org.apache.kafka.common.errors.TimeoutException("Call(callName=listNodes)"),
                        KAFKA + "does not answer; start it, or correct kafka.bootstrap.servers"),
                Arguments.of(
                        new SerializationException("Error deserializing", new ConnectException("refused")),
                        REGISTRY + "cannot be reached: connection refused; start it"),
                Arguments.of(
                        new SerializationException("Error", new RestClientException("no", 401, 40101)),
                        REGISTRY + "does not accept the credentials (HTTP 401); check registry.user"),
                Arguments.of(
                        new SerializationException("no id", new RestClientException("Schema 7 not found", 404, 40403)),
                        REGISTRY + "lacks a schema that waltally has registered: Schema 7 not found"),
                Arguments.of(
                        new SerializationException("Error", new RestClientException("Not Found", 404, 404)),
                        REGISTRY + "has no Confluent API there (HTTP 404)"),
                Arguments.of(new AccessDeniedException("/var/lib/x"), "/var/lib/x: permission denied"),
                Arguments.of(
                        new RuntimeException(SourceConnectionException.of(
                                Source.S3, "db:5432/s3", "waltally", refusal("28P01", "auth_failed", "no"))),
                        "PostgreSQL at db:5432/s3 (sources.s3.url) refuses role \"waltally\" (sources.s3.user): no; set"
                                + " sources.s3.password"));
    }

    @Test
    void aTimeoutWithoutAMessageIsNotNull() {
        assertThat(Explanation.server(new TimeoutException(), CONFIGURATION).toString())
                .startsWith(KAFKA + "does not answer; start it");
    }

    /** As Java writes it: the stack trace of what the login module threw, without its cause. */
    @Test
    void aLoginWithoutATokenNamesTheEndpointAndTheClient() {
        Configuration bearer = Configuration.from(
                Map.of("kafka.bootstrap.servers", "broker:9092", "kafka.sasl.mechanism", "OAUTHBEARER"));
        String thrown = "org.apache.kafka.common.KafkaException: java.";
        String sentence = KAFKA + "cannot be logged in to, because there is no token: %s; check"
                + " kafka.sasl.oauthbearer.token.endpoint.url and kafka.sasl.oauthbearer.client.credentials";

        ServerFailure refused = KafkaFailure.of(
                bearer.kafka(),
                new KafkaException(new LoginException(
                        thrown + "io.IOException: The response code 401 was encountered\n\tat a.B")));
        assertThat(refused).hasToString(sentence.formatted("The response code 401 was encountered"));
        assertThat(refused.answered()).isTrue();

        ServerFailure unreachable = KafkaFailure.of(
                bearer.kafka(),
                new KafkaException(new LoginException(thrown + "net.ConnectException: Connection refused")));
        assertThat(unreachable).hasToString(sentence.formatted("Connection refused"));
        assertThat(unreachable.answered()).isFalse();
    }

    @Test
    void aDefectIsNotExplained() {
        assertThat(Explanation.of(new IllegalStateException("x"), Optional.of(CONFIGURATION)))
                .isEmpty();
    }

    @Test
    void withoutAConfigurationTheMessageRemains() {
        assertThat(Explanation.of(new KafkaException("interrupted"), Optional.empty()))
                .contains("interrupted");
    }

    @ParameterizedTest
    @MethodSource("connections")
    void everyRefusalOfPostgresNamesKeyAndRemedy(SQLException failure, String predicate, boolean refused) {
        SourceConnectionException explained =
                SourceConnectionException.of(Source.SYNC, "db:5432/syncstorage", "waltally", failure);
        assertThat(explained.getMessage())
                .startsWith("PostgreSQL at db:5432/syncstorage (sources.sync.url) " + predicate);
        assertThat(explained.refused()).isEqualTo(refused);
        assertThat(explained.getSQLState()).isEqualTo(failure.getSQLState());
    }

    static Stream<Arguments> connections() {
        return Stream.of(
                Arguments.of(
                        refusal("3D000", "InitPostgres", "database \"syncstorage\" does not exist"),
                        "has no database \"syncstorage\"; create it and run 'waltally migrate', or correct"
                                + " sources.sync.url",
                        true),
                Arguments.of(
                        refusal("28000", "InitializeSessionUserId", "role \"waltally\" does not exist"),
                        "has no role \"waltally\" (sources.sync.user); run 'waltally migrate'",
                        true),
                Arguments.of(
                        refusal("28000", "InitializeSessionUserId", "role \"waltally\" is not permitted to log in"),
                        "refuses role \"waltally\" (sources.sync.user): role \"waltally\" is not permitted to log in;"
                                + " ALTER ROLE waltally LOGIN",
                        true),
                Arguments.of(
                        refusal("28000", "InitializeSessionUserId", "Rolle »waltally« existiert nicht"),
                        "refuses role \"waltally\" (sources.sync.user): Rolle »waltally« existiert nicht; run 'waltally"
                                + " migrate', which makes a missing role, or ALTER ROLE waltally LOGIN",
                        true),
                Arguments.of(
                        refusal("28000", "ClientAuthentication", "kein pg_hba.conf-Eintrag für Host »10.0.0.1«"),
                        "refuses role \"waltally\": kein pg_hba.conf-Eintrag für Host »10.0.0.1«; let pg_hba.conf of the"
                                + " server have a line such as",
                        true),
                Arguments.of(
                        refusal("42501", "InitPostgres", "keine Berechtigung, um WAL-Sender zu starten"),
                        "refuses role \"waltally\" (sources.sync.user): keine Berechtigung, um WAL-Sender zu starten;"
                                + " ALTER ROLE waltally REPLICATION",
                        true),
                Arguments.of(
                        new SQLException("The server requested SCRAM, but no password was provided.", "08004"),
                        "asks for the password of role \"waltally\"; set sources.sync.password",
                        true),
                Arguments.of(
                        new SQLException("The connection attempt failed.", "08001", new UnknownHostException("db")),
                        "cannot be reached: its host name is unknown; correct sources.sync.url",
                        false),
                Arguments.of(
                        new SQLException("The attempt failed.", "08001", new SocketTimeoutException("x")),
                        "does not answer in time; start the server",
                        false),
                Arguments.of(
                        new SQLException("Connection refused. Check that", "08001", new ConnectException("refused")),
                        "cannot be reached: connection refused; start the server, or correct sources.sync.url",
                        false),
                Arguments.of(
                        refusal("53300", "InitProcess", "sorry, too many clients already"),
                        "has no connection left: sorry, too many clients already; end idle ones",
                        false),
                Arguments.of(
                        refusal("42501", "CheckMyDatabase", "permission denied for database \"syncstorage\""),
                        "refuses role \"waltally\" (sources.sync.user): permission denied for database \"syncstorage\";"
                                + " GRANT CONNECT ON DATABASE syncstorage TO waltally",
                        true));
    }

    private static PSQLException refusal(String sqlState, String routine, String message) {
        return new PSQLException(
                new ServerErrorMessage("SFATAL\0C" + sqlState + "\0M" + message + "\0R" + routine + "\0"));
    }

    @Test
    void aMissingRegistryIsReportedByItsProbe() {
        assertThat(ExternalSystems.registry(new RegistrySettings(URI.create("http://127.0.0.1:1/x")))
                        .probe()
                        .check())
                .get()
                .hasToString("the schema registry at http://127.0.0.1:1/x (registry.url) cannot be reached: connection"
                        + " refused; start it, or correct registry.url");
    }

    @Test
    void aFileFailureNamesNoClass() {
        assertThat(FileFailure.reason(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
        assertThat(FileFailure.reason(new IOException("No space left on device")))
                .isEqualTo("No space left on device");
    }
}
