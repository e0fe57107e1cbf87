package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run reports everything that is wrong. */
class ConfigurationErrorsTest {
    @TempDir
    private Path directory;

    @Test
    void allErrorsAreReportedInTheOrderOfTheFile() {
        assertErrors(
                """
                sources:
                  s3:
                    url: postgres://h/d
                    pasword: x
                    tables: [A, b]
                    slot: No-Slot
                kafka:
                  acks: 0
                  group.id: x
                  bootstrap.server: x
                  request.timeout.ms: soon
                registry: {url: nowhere}
                http: {port: 99999, host: ' ', prt: 1}
                topics: {partitions: 0, complete-history: long}
                capture: {grouping: 1 hour, grouping-records: 0, heartbeat-interval: 0s}
                streams:
                  threads: 0
                  emit-interval: 1d
                  capacity-threshold: 0
                  object-copies: 0
                  properties:
                    processing.guarantee: at_least_once
                    num.standby.replica: 1
                  usage-limits: {a: {egres-bytes: 1, api-requests: some}}
                """,
                "3: sources.s3.url is",
                "4: sources.s3.pasword is not a known key; did you mean sources.s3.password?",
                "5: sources.s3.tables is \"A\": must match",
                "6: sources.s3.slot is",
                "8: kafka.acks is",
                "9: kafka.group.id is",
                "10: kafka.bootstrap.server is not a known key; did you mean kafka.bootstrap.servers?",
                "11: kafka.request.timeout.ms is \"soon\": Kafka refuses it: Not a number of type INT",
                "12: registry.url is",
                "13: http.host is",
                "13: http.port is",
                "13: http.prt is",
                "14: topics.complete-history is",
                "14: topics.partitions is",
                "15: capture.grouping is",
                "15: capture.grouping-records is",
                "15: capture.heartbeat-interval is",
                "17: streams.threads is",
                "18: streams.emit-interval is",
                "19: streams.capacity-threshold is",
                "20: streams.object-copies is",
                "22: streams.properties.processing.guarantee is",
                "23: streams.properties.num.standby.replica is not a known key; did you mean"
                        + " streams.properties.num.standby.replicas?",
                "24: streams.usage-limits.a.api-requests is",
                "24: streams.usage-limits.a.egres-bytes is not");
    }

    @Test
    void aliasesAndTheShellsDefaultsAreNotTakenForTheirText() {
        assertErrors(
                """
                sources:
                  s3: {password: &secret "x", slot: *secret}
                  sync:
                    password: *secret
                    user: "${USER_OF_SYNC:-waltally}"
                kafka: {bootstrap.servers: "${BROKER:-kafka:9092}"}
                streams: {application-id: "${ID:?missing}"}
                """,
                "2: sources.s3.slot is an alias, and aliases are not followed: write the value itself, in quotes if it"
                        + " begins with *, or ${NAME} for the environment variable NAME",
                "4: sources.sync.password is an alias, and",
                "5: sources.sync.user refers to ${USER_OF_SYNC:-...}, which is the shell's form: a default is written"
                        + " ${USER_OF_SYNC:default}",
                "6: kafka.bootstrap.servers refers to ${BROKER:-...}, which",
                "7: streams.application-id refers to ${ID:?...}, which");
    }

    @Test
    void aTextInBracesOrBracketsNeedsQuotes() {
        assertErrors(
                """
                sources:
                  s3: {password: {hidden}, tables: [backend_quotas]}
                  sync:
                    password: [hidden]
                """,
                "2: sources.s3.password must have no keys of its own: a text that begins with { or [ needs quotes",
                "4: sources.sync.password must have no keys of its own");
    }

    @Test
    void anEntryOfAListHidesNoErrorOfAnother() {
        assertErrors(
                """
                webhooks:
                  endpoints:
                    - timeout: 1h
                      concurrency: 0
                    - url: http://h.example/
                      secrets: [hidden, whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, hidden]
                      begin: now
                      unknown: 1
                    - url: https://a.example/
                      secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
                      max-attempts: 1
                      batch-size: 10
                    - url: https://b.example/
                      secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
                      batch-size: 5000
                    - url: https://c.example/
                      secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
                      batch-linger: 5s
                sinks:
                  - {typ: postgres}
                  - {type: postgres, tables: [bsos, bsos], schema: waltally, modee: x}
                  - type: iceberg
                    name: A
                    source: s4
                  - {type: notification-outbox, name: b, endpoints: [{events: [nothing]}, {url: x}]}
                """,
                "4: webhooks.endpoints[0].concurrency is",
                "3: webhooks.endpoints[0].secrets is empty",
                "3: webhooks.endpoints[0].timeout is",
                "3: webhooks.endpoints[0].url is missing",
                "5: webhooks.endpoints[1].url begins with http://",
                "6: webhooks.endpoints[1].secrets[0] is ***",
                "6: webhooks.endpoints[1].secrets[2] is ***",
                "7: webhooks.endpoints[1].begin is",
                "8: webhooks.endpoints[1].unknown is not a known key",
                "11: webhooks.endpoints[2].max-attempts is 1: must be at least 2 with batch-size 10",
                "15: webhooks.endpoints[3].batch-size is 5000: must be from 1 to 1000 events",
                "18: webhooks.endpoints[4].batch-linger has no effect without batch-size: set"
                        + " webhooks.endpoints[4].batch-size, or remove it",
                "20: sinks[0].typ is not a known key; did you mean sinks[0].type?",
                "20: sinks[0].type is missing",
                "21: sinks[1].modee is not a known key",
                "21: sinks[1].name is missing",
                "21: sinks[1].schema is",
                "21: sinks[1].source is missing",
                "22: sinks[2].tables is missing",
                "22: sinks[2].warehouse is missing",
                "23: sinks[2].name is",
                "24: sinks[2].source is",
                "25: sinks[3].endpoints[0].events holds",
                "25: sinks[3].endpoints[0].url must be",
                "25: sinks[3].endpoints[1].url must be");
    }

    @Test
    void consequentialErrorsAreNotReported() {
        // The tables of the source are not known, so those of the sink are not checked.
        assertErrors(
                """
                sources: {s3: {tables: [a, a]}}
                http: {prt: '${NO_SUCH}', port: x}
                webhooks: {endpoints: [{url: 'https://a.example/', name: A B, secrets: ['${NO_SUCH}']}]}
                sinks: [{type: postgres, name: a, source: s3, tables: [a]}]
                """,
                "1: sources.s3.tables is",
                "2: http.port is",
                "2: http.prt refers to",
                "3: webhooks.endpoints[0].name is",
                "3: webhooks.endpoints[0].secrets[0] refers to");
        assertErrors(
                "sources: {s4: {}}\nsinks: [{type: user-collections, name: a, mode: x}]\n",
                "1: sources.s4 is not a known key",
                "2: sinks[0].mode is");
        assertErrors(
                "sources: {s3: {}}\nsinks: [{type: user-collections, name: a, mode: x}]\n",
                "2: sinks[0].mode is",
                "2: sinks[0] writes data of source sync, which is off");
    }

    @Test
    void duplicateKeysAreReportedWithOtherErrors() {
        assertErrors(
                "http.port: 1\nhttp: {port: 2, prt: 1}\nstreams: {tell-interval: 1s, emit-interval: 1s}\n",
                "2: http.port is given twice",
                "2: http.prt is not",
                "3: streams.emit-interval is given twice, also by its old name");
    }

    @Test
    void errorsOfTheEnvironmentAreNamedByTheirVariable() {
        Map<String, String> environment =
                Map.of("WALTALLY_HTTP_PORT", "web", "WALTALLY_HTTP_HOTS", "x", "WALTALLY_STREAMS_THREADS", "0");
        assertThatThrownBy(() -> Configuration.load(Optional.empty(), Map.of(), environment))
                .hasMessage("""
                        configuration: 3 errors
                          WALTALLY_HTTP_PORT: http.port is "web": must be a whole number
                          WALTALLY_STREAMS_THREADS: streams.threads is 0: must be from 1 to 256
                          WALTALLY_HTTP_HOTS sets no known key; did you mean WALTALLY_HTTP_HOST?""");
    }

    /** @param errors beginnings of the lines after the first, sorted by line, then by text */
    private void assertErrors(String yaml, String... errors) {
        Path file = directory.resolve("waltally.yml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThatThrownBy(() -> Configuration.load(Optional.of(file), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .satisfies(failure -> {
                    String[] lines = failure.getMessage().split("\n");
                    assertThat(lines[0]).isEqualTo(file + ": " + errors.length + " errors");
                    assertThat(lines).as(failure.getMessage()).hasSize(errors.length + 1);
                    for (String error : errors) {
                        assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("  line " + error));
                    }
                    assertThat(failure.getMessage()).doesNotContain("hidden");
                });
    }
}
