package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.ByteSize;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.config.value.Secret;
import io.waltally.connectors.capture.config.UnprocessableChangePolicy;
import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.table.LengthUnit;
import io.waltally.schemas.Source;
import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.webhooks.control.SealingKeys;
import io.waltally.webhooks.schedule.Batching;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.send.EgressPolicy;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
    @TempDir
    private Path directory;

    @Test
    void withoutAFileItDescribesAPipelineOnTheAddressesOfInfra() {
        assertThat(Configuration.from(Map.of()))
                .isEqualTo(new Configuration(
                        Map.of(
                                Source.S3,
                                new SourceSettings(
                                        Source.S3,
                                        "jdbc:postgresql://127.0.0.1:15432/s3_orchestrator",
                                        new Account("waltally", new Secret("")),
                                        "waltally_s3",
                                        "waltally_s3",
                                        Source.S3.defaultTables(),
                                        true,
                                        new Account("postgres", new Secret("")),
                                        Optional.empty()),
                                Source.SYNC,
                                new SourceSettings(
                                        Source.SYNC,
                                        "jdbc:postgresql://127.0.0.1:15432/syncstorage",
                                        new Account("waltally", new Secret("")),
                                        "waltally_sync",
                                        "waltally_sync",
                                        Source.SYNC.defaultTables(),
                                        true,
                                        new Account("postgres", new Secret("")),
                                        Optional.empty())),
                        new KafkaSettings(Map.of("bootstrap.servers", "127.0.0.1:19092")),
                        new RegistrySettings(URI.create("http://127.0.0.1:18081/apis/ccompat/v7")),
                        new HttpSettings("127.0.0.1", 8080, Optional.empty(), Set.of(), List.of(), Optional.empty()),
                        new TopicSettings(4, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30)),
                        new CaptureSettings(
                                Duration.ofMillis(20),
                                20_000,
                                10_000,
                                Duration.ofSeconds(1),
                                new ByteSize(10L << 30),
                                Duration.ofMinutes(15),
                                UnprocessableChangePolicy.STOP,
                                Duration.ofMinutes(10)),
                        new StreamsSettings(PipelineConfig.DEFAULTS, Optional.empty(), 2, Map.of()),
                        new WebhookSettings(List.of(), new SealingKeys("webhooks.sealing-keys", List.of())),
                        new SinkSettings(List.of()),
                        new LoggingSettings(Map.of())));
    }

    @Test
    void withoutAConfigurationEveryAddressIsOnThisMachine() {
        Configuration configuration = Configuration.from(Map.of());
        assertThat(configuration.sources().values())
                .allSatisfy(source -> assertThat(source.address()).startsWith("127.0.0.1:"));
        assertThat(configuration.kafka().bootstrapServers())
                .startsWith("127.0.0.1:")
                .doesNotContain(",");
        assertThat(configuration.registry().url().getHost()).isEqualTo("127.0.0.1");
        assertThat(configuration.http().host()).isEqualTo("127.0.0.1");
        assertThat(configuration.webhooks().endpoints()).isEmpty();
        assertThat(configuration.sinks().sinks()).isEmpty();
    }

    @Test
    void everyKeyOfTheFileIsMapped() {
        // When
        Configuration configuration = read("""
                sources:
                  s3:
                    url: jdbc:postgresql://db.example:5432/orchestrator?sslmode=require
                    user: reader
                    password: "0123"
                    slot: tally_slot
                    publication: tally_publication
                    tables: [backend_quotas, object_locations, notification_outbox]
                    admin:
                      user: owner
                      password: secret
                    sink:
                      user: writer
                      password: other
                kafka:
                  bootstrap.servers: one:9092,two:9092
                  security.protocol: SASL_SSL
                  sasl:
                    mechanism: PLAIN
                registry:
                  url: https://registry.example/api
                http:
                  host: 0.0.0.0
                  port: 9000
                  advertised: waltally-1.example:8080
                  read-tokens:
                    grafana: 0123456789abcdef
                  operate-tokens:
                    alice@example.com: fedcba9876543210
                  tls:
                    certificate: /etc/waltally/tls.crt
                    key: /etc/waltally/tls.key
                    trusted: /etc/waltally/ca.crt
                topics:
                  partitions: 12
                  complete-history: 30d
                  notification-retention: 36h
                  dead-letter-retention: 60d
                capture:
                  grouping: 5ms
                  grouping-records: 1000
                  snapshot-chunk-rows: 500
                  heartbeat-interval: 10s
                  retained-wal-warning: 5GB
                  transaction-timeout: 10m
                  on-unprocessable-change: dead-letter
                  give-up-after: 3m
                streams:
                  application-id: tally
                  state-directory: /var/lib/waltally
                  threads: 8
                  user-quota-bytes: 1GiB
                  payload-length: octets
                  capacity-threshold: 0.9
                  capacity-damping: 2h
                  notify-collections: true
                  object-copies: 3
                  object-copies-grace: 15m
                  emit-interval: 50ms
                  expiry-interval: 100ms
                  max-unprocessable-per-minute: 5
                  properties:
                    num.standby.replicas: 2
                    main.consumer.fetch.max.bytes: 1000000
                  usage-limits:
                    b2.example:
                      api-requests: 1000
                      egress-bytes: 10GB
                      ingress-bytes: 20GB
                webhooks:
                  endpoints:
                    - url: https://hooks.example.com/waltally?token=abc
                      secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
                    - name: inside
                      url: http://10.0.0.7:9000
                      events: [backend.*, "s3:ObjectRemoved:*"]
                      subject-prefix: photos/
                      secrets:
                        - whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                        - whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
                      application-secret: shared
                      timeout: 3s
                      max-attempts: 5
                      retry-delay: 2s
                      max-retry-delay: 5m
                      disable-after: 2d
                      rate-limit: 0.5
                      batch-size: 100
                      batch-bytes: 256KiB
                      batch-linger: 200ms
                      concurrency: 2
                      headers:
                        Authorization: Bearer abc
                      allow-http: true
                      allow-private: true
                      begin: latest
                """);
        // Then
        assertThat(configuration)
                .isEqualTo(new Configuration(
                        Map.of(
                                Source.S3,
                                new SourceSettings(
                                        Source.S3,
                                        "jdbc:postgresql://db.example:5432/orchestrator?sslmode=require",
                                        new Account("reader", new Secret("0123")),
                                        "tally_slot",
                                        "tally_publication",
                                        List.of("backend_quotas", "object_locations", "notification_outbox"),
                                        false,
                                        new Account("owner", new Secret("secret")),
                                        Optional.of(new Account("writer", new Secret("other"))))),
                        new KafkaSettings(Map.of(
                                "bootstrap.servers",
                                "one:9092,two:9092",
                                "security.protocol",
                                "SASL_SSL",
                                "sasl.mechanism",
                                "PLAIN")),
                        new RegistrySettings(URI.create("https://registry.example/api")),
                        new HttpSettings(
                                "0.0.0.0",
                                9000,
                                Optional.of(new HostAndPort("waltally-1.example", 8080)),
                                Set.of(),
                                List.of(
                                        new ApiToken(
                                                "alice@example.com",
                                                ApiToken.Scope.OPERATE,
                                                new Secret("fedcba9876543210")),
                                        new ApiToken("grafana", ApiToken.Scope.READ, new Secret("0123456789abcdef"))),
                                Optional.of(new HttpTls(
                                        Path.of("/etc/waltally/tls.crt"),
                                        Path.of("/etc/waltally/tls.key"),
                                        Optional.of(Path.of("/etc/waltally/ca.crt"))))),
                        new TopicSettings(12, Duration.ofDays(30), Duration.ofHours(36), Duration.ofDays(60)),
                        new CaptureSettings(
                                Duration.ofMillis(5),
                                1000,
                                500,
                                Duration.ofSeconds(10),
                                new ByteSize(5_000_000_000L),
                                Duration.ofMinutes(10),
                                UnprocessableChangePolicy.DEAD_LETTER,
                                Duration.ofMinutes(3)),
                        new StreamsSettings(
                                new PipelineConfig(
                                        "tally",
                                        1L << 30,
                                        LengthUnit.OCTETS,
                                        Map.of("b2.example", new UsageLimits(1_000, 10_000_000_000L, 20_000_000_000L)),
                                        0.9,
                                        Duration.ofHours(2),
                                        true,
                                        new Replication(3, Duration.ofMinutes(15)),
                                        Duration.ofMillis(50),
                                        Duration.ofMillis(100),
                                        5),
                                Optional.of(Path.of("/var/lib/waltally")),
                                8,
                                Map.of("num.standby.replicas", "2", "main.consumer.fetch.max.bytes", "1000000")),
                        new WebhookSettings(
                                List.of(
                                        new Endpoint(
                                                "hooks.example.com",
                                                URI.create("https://hooks.example.com/waltally?token=abc"),
                                                new EventFilter(List.of("*"), ""),
                                                List.of(SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
                                                Optional.empty(),
                                                Duration.ofSeconds(5),
                                                new Retries(
                                                        20,
                                                        Duration.ofSeconds(1),
                                                        Duration.ofHours(1),
                                                        Duration.ofDays(5)),
                                                RequestLimits.of(8),
                                                Map.of(),
                                                new EgressPolicy(false, false),
                                                InitialPosition.EARLIEST),
                                        new Endpoint(
                                                "inside",
                                                URI.create("http://10.0.0.7:9000"),
                                                new EventFilter(List.of("backend.*", "s3:ObjectRemoved:*"), "photos/"),
                                                List.of(
                                                        SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                                                        SigningSecret.parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")),
                                                Optional.of(new ApplicationSignature("shared")),
                                                Duration.ofSeconds(3),
                                                new Retries(
                                                        5,
                                                        Duration.ofSeconds(2),
                                                        Duration.ofMinutes(5),
                                                        Duration.ofDays(2)),
                                                new RequestLimits(
                                                        2,
                                                        OptionalDouble.of(0.5),
                                                        new Batching(100, 256 << 10, Duration.ofMillis(200))),
                                                Map.of("Authorization", "Bearer abc"),
                                                new EgressPolicy(true, true),
                                                InitialPosition.LATEST)),
                                new SealingKeys("webhooks.sealing-keys", List.of())),
                        new SinkSettings(List.of()),
                        new LoggingSettings(Map.of())));
        assertThat(configuration.webhookGroup("inside")).isEqualTo("tally-webhooks-inside");
    }

    @Test
    void aSourceThatIsAbsentFromGivenSourcesIsOff() {
        assertThat(read("sources: {sync: {}}").sources()).containsOnlyKeys(Source.SYNC);
        assertThat(read("sources:\n  s3:\n").sources()).containsOnlyKeys(Source.S3);
        assertThatThrownBy(() -> read("sources:"))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("sources names no source: give s3, sync or both, or leave it out");
    }

    @Test
    void flagsWinOverTheFileAndTheFileOverTheDefaults() {
        assertThat(read("http: {port: 9000}").http().port()).isEqualTo(9000);
        assertThat(read("http: {port: 9000}", Map.of("http.port", "9001"))
                        .http()
                        .port())
                .isEqualTo(9001);
    }

    @Test
    void referencesTakeTheEnvironmentOrTheirDefault() {
        assertThat(read("http: {port: '${PORT:9000}'}").http().port()).isEqualTo(9000);
        assertThat(read("http: {port: '${PORT:9000}'}", Map.of(), Map.of("PORT", "9002"))
                        .http()
                        .port())
                .isEqualTo(9002);
        assertThat(read("registry: {url: 'http://${HOST}:${PORT:80}/x'}", Map.of(), Map.of("HOST", "r"))
                        .registry()
                        .url())
                .hasToString("http://r:80/x");
        assertThat(read("sources: {s3: {password: '$${x}'}}")
                        .sources()
                        .get(Source.S3)
                        .account()
                        .password()
                        .reveal())
                .isEqualTo("${x}");
    }

    @Test
    void aListOfAPropertyOfKafkaIsOneText() {
        assertThat(read("kafka: {bootstrap.servers: ['one:9092', 'two:9092'], sasl: {mechanism: PLAIN}}")
                        .kafka()
                        .properties())
                .containsEntry("bootstrap.servers", "one:9092,two:9092")
                .containsEntry("sasl.mechanism", "PLAIN");
        assertThat(read(
                                "kafka: {bootstrap.servers: ['one:9092', 'two:9092']}",
                                Map.of(),
                                Map.of("WALTALLY_KAFKA_BOOTSTRAP_SERVERS", "three:9092"))
                        .kafka()
                        .bootstrapServers())
                .isEqualTo("three:9092");
        assertThat(read("streams: {properties: {rack.aware.assignment.tags: [zone, cluster]}}")
                        .streams()
                        .properties())
                .containsEntry("rack.aware.assignment.tags", "zone,cluster");
    }

    @Test
    void everyErrorNamesFileKeyValueAndRule() {
        assertError("http: {port: 99999}", "http.port is 99999: must be from 0 (any free port) to 65535");
        assertError(
                "streams: {notify-collections: sometimes}",
                "streams.notify-collections is \"sometimes\": must be true or false");
        assertError("http: {port: web}", "http.port is \"web\": must be a whole number");
        assertError("topics: {partitions: 0}", "topics.partitions is 0: must be from 1 to 1000");
        assertError(
                "topics: {complete-history: 7 days}",
                "topics.complete-history is \"7 days\": must be a duration such as 20ms, 5s, 10m, 2h or 7d");
        assertError(
                "streams: {user-quota-bytes: lots}",
                "streams.user-quota-bytes is \"lots\": must be a size such as 512KiB, 10GiB or 500MB");
        assertError("streams: {threads: 0}", "streams.threads is 0: must be from 1 to 256");
        assertError("streams: {expiry-interval: 5s}", "streams.expiry-interval is PT5S: must be from 1 ms to 500 ms");
        assertError("streams: {object-copies: 0}", "streams.object-copies is 0: must be from 1 to 100");
        assertError(
                "streams: {object-copies-grace: 31d}",
                "streams.object-copies-grace is PT744H: must be from 1 second to 30 days");
        assertError(
                "streams: {payload-length: bytes}",
                "streams.payload-length is \"bytes\": must be one of code-points, octets");
        assertError(
                "capture: {on-unprocessable-change: skip}",
                "capture.on-unprocessable-change is \"skip\": must be one of stop, dead-letter");
        assertError("sources: {s3: {slot: No-Slot}}", "sources.s3.slot is \"No-Slot\": must match [a-z0-9_]{1,63}");
        assertError(
                "sources: {s3: {url: 'postgres://h/d'}}",
                "sources.s3.url is \"postgres://h/d\": must be a JDBC URL such as"
                        + " jdbc:postgresql://host:5432/database");
        assertError("sources: {s3: {tables: [bsos, bsos]}}", "sources.s3.tables is \"bsos\": must not be named twice");
        assertError("sources: {s3: {user: ''}}", "sources.s3.user is \"\": must name a role of the server");
        assertError(
                "registry: {url: 'localhost:8081'}",
                "registry.url is \"localhost:8081\": must be an http or https URL such as"
                        + " http://127.0.0.1:18081/apis/ccompat/v7");
        assertError(
                "http: {port: '${NO_SUCH}'}",
                "http.port refers to ${NO_SUCH}: the environment variable NO_SUCH must be set, or a default given:"
                        + " ${NO_SUCH:default}");
        assertError(
                "http: 8080",
                "http is \"8080\": must be a section with some of advertised, allowed-hosts, host, operate-tokens, port, read-tokens, tls.certificate, tls.key, tls.trusted");
        assertError("http.port: 1\nhttp: {port: 2}", "http.port is given twice");
    }

    @Test
    void endpointErrorsContainNoSecrets() {
        String secrets = "secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]";
        String url = "url: 'https://h.example/hidden'";
        String first = "webhooks.endpoints[0].";
        assertEndpointError(
                secrets,
                first + "url is missing: an endpoint needs one, such as" + " https://hooks.example.com/waltally");
        assertEndpointError("url: 'h.example/hidden', " + secrets, first + "url must begin with https://");
        assertEndpointError(
                "url: 'https://h.example/hid den', " + secrets,
                first + "url must be a URL: Illegal character" + " in path");
        assertEndpointError(
                "url: 'http://h.example/hidden', " + secrets,
                first + "url begins with http://: must be https, or allow-http be true");
        assertEndpointError(
                "url: 'https://a:hidden@h.example/', " + secrets,
                first + "url must have a host, and neither user info (use headers.Authorization) nor a fragment");
        assertEndpointError(url, first + "secrets is empty: must hold one secret at least");
        assertEndpointError(
                url + ", secrets: [hidden]",
                first + "secrets[0] is ***: must be whsec_ and the Base64 of 24 to 64 bytes, such as"
                        + " `openssl rand -base64 32` makes");
        assertEndpointError(
                url + ", name: 'No Name', " + secrets,
                first + "name is \"No Name\": must match" + " [a-z0-9][a-z0-9._-]{0,62}");
        assertEndpointError(
                url + ", events: ['*.removed'], " + secrets,
                first + "events must be *, a type such as backend.removed, or the beginning of types such as"
                        + " s3:ObjectCreated:*");
        assertEndpointError(url + ", max-attempts: 0, " + secrets, first + "max-attempts is 0: must be from 1 to 100");
        assertEndpointError(url + ", retry-delay: 0s, " + secrets, first + "retry-delay is 0: must be at least 1ms");
        assertEndpointError(
                url + ", max-retry-delay: 2d, " + secrets,
                first + "max-retry-delay is 172800000ms: must be from retry-delay, 1000ms, to 24h");
        assertEndpointError(
                url + ", rate-limit: 0, " + secrets,
                first + "rate-limit is 0.0: must be from 0.001 to 100000 requests per second");
        assertEndpointError(
                url + ", rate-limit: 5/s, " + secrets,
                first + "rate-limit is \"5/s\": must be a number of requests per second, such as 10 or 0.5");
        assertEndpointError(url + ", concurrency: 0, " + secrets, first + "concurrency is 0: must be from 1 to 256");
        assertEndpointError(url + ", timeout: 6m, " + secrets, first + "timeout is 360000ms: must be from 1ms to 5m");
        assertEndpointError(
                url + ", allow-http: yes, " + secrets, first + "allow-http is \"yes\": must be true or false");
        assertEndpointError(
                url + ", begin: now, " + secrets,
                first + "begin is \"now\": must be earliest, latest, or a time such as 2026-11-22T12:00:00Z");
        assertEndpointError(
                url + ", headers: {Host: hidden}, " + secrets,
                first + "headers.Host must not be given: it is no header's name, or one that waltally sets");
        assertEndpointError(
                url + ", urll: x, " + secrets, first + "urll is not a known key; did you mean " + first + "url?");
        assertEndpointError(
                url + ", " + secrets + "}, {" + url + ", " + secrets,
                "webhooks.endpoints[1].name is \"h.example\": another endpoint has that name, which is its URL's host"
                        + " unless it is given; each needs its own");
    }

    @Test
    void errorNamesTheExpectedYamlStructure() {
        String list = "webhooks.endpoints must be a list, with url and secrets of each endpoint";
        assertError("webhooks: {endpoints: {url: 'https://h.example/', secrets: [a]}}", list);
        assertError("webhooks: {endpoints: 'https://h.example/'}", list);
        assertThat(read("webhooks: {endpoints: []}").webhooks().endpoints()).isEmpty();
        assertThat(read("webhooks: {endpoints: }").webhooks().endpoints()).isEmpty();

        String endpoint = "url: 'https://h.example/', secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw], ";
        assertEndpointError(
                endpoint + "headers: Bearer hidden",
                "webhooks.endpoints[0].headers must be a section of names and values, such as {X-Tenant: a}");
        assertThat(read("webhooks: {endpoints: [{" + endpoint + "headers: }]}")
                        .webhooks()
                        .endpoints()
                        .get(0)
                        .headers())
                .isEmpty();
    }

    private void assertEndpointError(String endpoint, String message) {
        assertError("webhooks: {endpoints: [{" + endpoint + "}]}", message);
        assertThat(message).doesNotContain("hidden");
    }

    @Test
    void anUnknownKeyIsRejectedWithTheOneThatMayBeMeant() {
        assertError("htp: {port: 1}", "htp.port is not a known key; did you mean http.port?");
        assertError(
                "sources: {s3: {pasword: x}}",
                "sources.s3.pasword is not a known key; did you mean sources.s3.password?");
        assertError("sources: {s4: {}}", "sources.s4 is not a known key; did you mean sources.s3?");
        assertError(
                "kafka: {bootstrap.server: x}",
                "kafka.bootstrap.server is not a known key; did you mean kafka.bootstrap.servers?");
        assertError(
                "streams: {usage-limits: {a: {egres-bytes: 1}}}",
                "streams.usage-limits.a.egres-bytes is not a known key; did you mean"
                        + " streams.usage-limits.a.egress-bytes?");
        assertError("entirely: {different: 1}", "entirely.different is not a known key");
    }

    @Test
    void kafkaPropertiesRequiredForGuaranteesAreRejected() {
        for (String key : List.of(
                "enable.idempotence",
                "transactional.id",
                "isolation.level",
                "group.id",
                "key.serializer",
                "auto.offset.reset",
                "acks")) {
            assertError(
                    "kafka: {" + key + ": x}",
                    "kafka." + key + " is \"x\": must not be configured: waltally sets it to keep its guarantees");
        }
    }

    @Test
    void aFileThatIsNotYamlIsReportedWithItsLine() {
        assertThatThrownBy(() -> read("http:\n  port: [1\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("waltally.yml:2: not valid YAML");
        assertThatThrownBy(() -> read("just a text"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must hold sections");
        assertThatThrownBy(() -> Configuration.load(Optional.of(directory.resolve("absent.yml")), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("absent.yml: there is no such file");
    }

    @Test
    void secretsAppearInNoText() {
        Configuration configuration = read("""
                sources:
                  s3: {password: hidden-one, admin: {password: hidden-two}, sink: {password: hidden-seven}}
                kafka:
                  sasl.jaas.config: hidden-three
                webhooks:
                  endpoints:
                    - url: https://h.example/hidden-four
                      secrets: [whsec_hiddenhiddenhiddenhiddenhiddenhi]
                      application-secret: hidden-five
                      headers: {Authorization: hidden-six}
                sinks:
                  - {name: a, type: backend-quotas, password: hidden-eight}
                  - {name: b, type: notification-outbox, endpoints: [{url: "https://h.example/hidden-nine"}]}
                """);
        assertThat(configuration.toString()).contains("***").doesNotContain("hidden");
        assertThat(configuration.sources().get(Source.S3).account().password().reveal())
                .isEqualTo("hidden-one");
    }

    private void assertError(String yaml, String message) {
        String file = directory.resolve("waltally.yml").toString();
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ConfigException.class)
                .extracting(error -> error.getMessage().replaceFirst("\\.yml:\\d+: ", ".yml: "))
                .isEqualTo(file + ": " + message);
    }

    private Configuration read(String yaml) {
        return read(yaml, Map.of());
    }

    private Configuration read(String yaml, Map<String, String> flags) {
        return read(yaml, flags, Map.of());
    }

    private Configuration read(String yaml, Map<String, String> flags, Map<String, String> environment) {
        Path file = directory.resolve("waltally.yml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Configuration.load(Optional.of(file), flags, environment);
    }
}
