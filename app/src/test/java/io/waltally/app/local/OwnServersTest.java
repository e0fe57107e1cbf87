package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks how commands that start their own servers use a configuration. */
class OwnServersTest {
    private static final String PRODUCTION = """
            sources:
              s3:
                url: jdbc:postgresql://db.example/s3_orchestrator
                user: reader
                password: hidden
                slot: other_slot
                admin: {user: owner, password: hidden}
                sink: {user: writer, password: hidden}
            kafka: {bootstrap.servers: "kafka.example:9092", security.protocol: SSL}
            registry: {url: "https://registry.example/"}
            http: {port: 9000}
            topics: {partitions: 3}
            streams: {threads: 3, payload-length: octets, state-directory: /srv/waltally, replication-factor: 3}
            webhooks:
              endpoints: [{url: "https://h.example/", secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}]
            sinks: [{name: a, type: backend-quotas}]
            """;

    @TempDir
    private Path directory;

    @Test
    void developmentTakesEverythingButOtherServers() throws IOException {
        OwnServers servers = OwnServers.forDevelopment(options(PRODUCTION));
        assertThat(servers.check().sources()).containsOnlyKeys(Source.S3);
        Configuration configuration = servers.with(Map.of(
                "sources.s3.url", "jdbc:postgresql://127.0.0.1:1/s3_orchestrator",
                "sources.s3.admin.user", "postgres"));
        assertThat(configuration.sources()).containsOnlyKeys(Source.S3);
        assertThat(configuration.sources().get(Source.S3)).satisfies(source -> {
            assertThat(source.address()).isEqualTo("127.0.0.1:1/s3_orchestrator");
            assertThat(source.slot()).isEqualTo("other_slot");
            assertThat(source.account().user()).isEqualTo("waltally");
            assertThat(source.account().password().reveal()).isEmpty();
            assertThat(source.admin().password().reveal()).isEmpty();
            assertThat(source.sink()).isEmpty();
        });
        assertThat(configuration.kafka().properties()).containsOnlyKeys("bootstrap.servers");
        assertThat(configuration.registry().url().getHost()).isEqualTo("127.0.0.1");
        assertThat(configuration.http().port()).isEqualTo(9000);
        assertThat(configuration.topics().partitions()).isEqualTo(3);
        assertThat(configuration.streams().stateDirectory()).isEmpty();
        // -c named it.
        assertThat(configuration.sinks().sinks()).hasSize(1);
        assertThat(configuration.webhooks().endpoints()).hasSize(1);
    }

    @Test
    void logLevelsHoldForAllOfThem() throws IOException {
        for (String kind : List.of("dev", "infra", "demo")) {
            CommonOptions options = options("logging: {levels: {io.waltally.own." + kind + ": TRACE}}\n");
            (switch (kind) {
                        case "dev" -> OwnServers.forDevelopment(options);
                        case "infra" -> OwnServers.forAddresses(options);
                        default -> OwnServers.forPipeline(options);
                    })
                    .check();
            assertThat(LoggerFactory.getLogger("io.waltally.own." + kind).isTraceEnabled())
                    .as(kind)
                    .isTrue();
        }
    }

    @Test
    void demoAndBenchmarksTakeWhatChangesNoFigure() throws IOException {
        Configuration configuration =
                OwnServers.forPipeline(options(PRODUCTION)).with(Map.of("http.port", "0"));
        Configuration defaults = Configuration.from(Map.of("http.port", "0"));
        assertThat(configuration.sources()).isEqualTo(defaults.sources());
        assertThat(configuration.kafka()).isEqualTo(defaults.kafka());
        assertThat(configuration.http()).isEqualTo(defaults.http());
        assertThat(configuration.sinks()).isEqualTo(defaults.sinks());
        assertThat(configuration.webhooks()).isEqualTo(defaults.webhooks());
        assertThat(configuration.topics().partitions()).isEqualTo(3);
        assertThat(configuration.streams().threads()).isEqualTo(3);
        assertThat(configuration.streams().stateDirectory()).isEmpty();
        assertThat(configuration.streams().pipeline())
                .isEqualTo(defaults.streams().pipeline());
    }

    @Test
    void aDefaultOfACommandGivesWayToTheConfiguration() throws IOException {
        Map<String, String> two = Map.of("topics.partitions", "2");
        assertThat(OwnServers.forPipeline(options(PRODUCTION))
                        .with(Map.of(), two)
                        .topics()
                        .partitions())
                .isEqualTo(3);
        assertThat(OwnServers.forPipeline(options("topics: {partitions: 4}\n"))
                        .with(Map.of(), two)
                        .topics()
                        .partitions())
                .isEqualTo(4);
        assertThat(OwnServers.forPipeline(options("topics: {complete-history: 2h}\n"))
                        .with(Map.of(), two)
                        .topics()
                        .partitions())
                .isEqualTo(2);
    }

    @Test
    void whatDoesNotApplyIsLogged() throws IOException {
        Logger logger = (Logger) LoggerFactory.getLogger(OwnServers.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            OwnServers.forDevelopment(options(PRODUCTION)).check();
            OwnServers.forPipeline(options(PRODUCTION)).check();
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("streams.state-directory", "ignored settings"));
    }

    @Test
    void onlyWhatAppliesMustBeValid() throws IOException {
        CommonOptions options = options("""
                sources: {sync: {password: '${NO_SUCH_PASSWORD}'}}
                kafka: {sasl.jaas.config: '${NO_SUCH_PASSWORD}'}
                """);
        assertThat(OwnServers.forDevelopment(options).check().sources()).containsOnlyKeys(Source.SYNC);
        assertThat(OwnServers.forPipeline(options).check().sources()).hasSize(2);
        assertThat(OwnServers.forAddresses(options).with(Map.of()).sources()).containsOnlyKeys(Source.SYNC);
        OwnServers servers = OwnServers.forPipeline(options("topics: {partitions: 0}\n"));
        assertThatThrownBy(servers::check)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("topics.partitions is 0");
    }

    @Test
    void portsAreThoseOfAddressesOnThisMachine() {
        assertThat(ConfiguredPorts.of(Configuration.from(Map.of())))
                .isEqualTo(new ConfiguredPorts(Optional.of(15_432), Optional.of(19_092), Optional.of(18_081)));
        ConfiguredPorts none = ConfiguredPorts.of(Configuration.from(Map.of(
                "sources.s3.url", "jdbc:postgresql://127.0.0.1.example:1/a",
                "kafka.bootstrap.servers", "127.0.0.1:1,127.0.0.1:2",
                "registry.url", "https://registry.example:1/")));
        assertThat(none).isEqualTo(new ConfiguredPorts(Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(none.unused()).containsExactly("sources.*.url", "kafka.bootstrap.servers", "registry.url");
        assertThat(ConfiguredPorts.of(Configuration.from(Map.of(
                                "sources.s3.url", "jdbc:postgresql://localhost:1/a?sslmode=disable",
                                "sources.sync.url", "jdbc:postgresql://localhost:2/b")))
                        .postgres())
                .isEmpty();
    }

    private CommonOptions options(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), yaml);
        Options command = new Options();
        new CommandLine(command).parseArgs("-c", file.toString());
        return command.common;
    }

    @Command
    private static final class Options {
        @Mixin
        private CommonOptions common;
    }
}
