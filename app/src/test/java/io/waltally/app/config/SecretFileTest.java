package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.schemas.Source;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    private static final String PASSWORD = "sources.s3.password";

    @TempDir
    private Path directory;

    @Test
    void aSecretIsTheContentOfItsFileWithoutTheTrailingNewline() throws IOException {
        assertThat(password(file(" a b\n"))).isEqualTo(" a b");
        assertThat(password(file("a\r\n"))).isEqualTo("a");
        assertThat(password(file("a\n\n"))).isEqualTo("a\n");
        assertThat(password(file("a"))).isEqualTo("a");
    }

    private String password(Path file) {
        return Configuration.from(Map.of(PASSWORD + "-file", file.toString()))
                .sources()
                .get(Source.S3)
                .account()
                .password()
                .reveal();
    }

    @Test
    void everySecretMayBeInAFile() throws IOException {
        String endpoint = "webhooks.endpoints[0].";
        String secrets = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n";
        Map<String, String> given = new LinkedHashMap<>();
        given.put("sources.s3.admin.password-file", file("one").toString());
        given.put("sources.s3.sink.password-file", file("two").toString());
        given.put(endpoint + "url", "https://h.example/");
        given.put(endpoint + "secrets-file", file(secrets).toString());
        given.put(endpoint + "application-secret-file", file("three").toString());
        given.put(endpoint + "header-files.Authorization", file("four").toString());
        given.put("sinks[0].name", "a");
        given.put("sinks[0].type", "backend-quotas");
        given.put("sinks[0].password-file", file("five").toString());
        // When
        Configuration configuration = Configuration.from(given);
        // Then
        SourceSettings source = configuration.sources().get(Source.S3);
        assertThat(source.admin().password().reveal()).isEqualTo("one");
        assertThat(source.sink().orElseThrow().password().reveal()).isEqualTo("two");
        Endpoint webhook = configuration.webhooks().endpoints().get(0);
        assertThat(webhook.secrets())
                .isEqualTo(secrets.lines().map(SigningSecret::parse).toList());
        assertThat(webhook.applicationSignature()).isPresent();
        assertThat(webhook.headers()).isEqualTo(Map.of("Authorization", "four"));
        assertThat(configuration
                        .sinks()
                        .sinks()
                        .get(0)
                        .target()
                        .orElseThrow()
                        .account()
                        .password()
                        .reveal())
                .isEqualTo("five");
    }

    @Test
    void whatIsWrongWithAFileIsReportedWithItsKey() throws IOException {
        assertError(Map.of(PASSWORD + "-file", "/no/such"), PASSWORD + "-file is \"/no/such\": there is no such file");
        assertError(
                Map.of(PASSWORD + "-file", directory.toString()),
                PASSWORD + "-file is \"" + directory + "\": the file cannot be read: ");
        assertError(Map.of(PASSWORD + "-file", file("\n").toString()), "the file is empty: it must contain the secret");
        assertError(
                Map.of(PASSWORD + "-file", file("a").toString(), PASSWORD, "hidden"),
                PASSWORD + "-file and " + PASSWORD + " are both given: remove one of them");
    }

    private static void assertError(Map<String, String> given, String message) {
        assertThatThrownBy(() -> Configuration.from(given))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("hidden");
    }

    @Test
    void aFileOfALayerThatTakesPrecedenceReplacesTheSecret() throws IOException {
        Path yaml = directory.resolve("waltally.yml");
        Files.writeString(yaml, "sources: {s3: {password: one}}");
        Map<String, String> environment =
                Map.of("WALTALLY_SOURCES_S3_PASSWORD_FILE", file("two").toString());
        assertThat(Configuration.load(Optional.of(yaml), Map.of(), environment)
                        .sources()
                        .get(Source.S3)
                        .account()
                        .password()
                        .reveal())
                .isEqualTo("two");
        assertThat(Configuration.load(Optional.of(yaml), Map.of(PASSWORD, "three"), environment)
                        .sources()
                        .get(Source.S3)
                        .account()
                        .password()
                        .reveal())
                .isEqualTo("three");
    }

    private Path file(String content) throws IOException {
        return Files.writeString(Files.createTempFile(directory, "secret", ""), content);
    }
}
