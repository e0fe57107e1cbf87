package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * A program that starts the infrastructure (its arguments are three ports and an optional data directory), writes to
 * it, reports that, and waits to be killed.
 */
final class ProbedParent {
    static final String READY = "written";

    private ProbedParent() {}

    // The test reads this process's standard output.
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        InfrastructureOptions options = new InfrastructureOptions(
                Integer.parseInt(arguments[0]),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                arguments.length == 3 ? Optional.empty() : Optional.of(Path.of(arguments[3])));
        try (Infrastructure infrastructure = Infrastructure.start(options);
                KafkaBrokerProcess broker = KafkaBrokerProcess.start(ServerOptions.ephemeral())) {
            write(infrastructure);
            System.out.println(READY + " beside " + broker.bootstrapServers());
            new CountDownLatch(1).await();
        }
    }

    static void write(Infrastructure infrastructure) throws Exception {
        Probe.execute(infrastructure.postgres(), "CREATE TABLE kept AS SELECT 7 AS id");
        Probe.createTopic(infrastructure.kafka());
        Probe.send(infrastructure.kafka(), true, "kept");
        Probe.register(infrastructure.registry(), "kept-value", Probe.schema("kept"));
    }

    /** Reads back what was written, and writes once more. */
    static void assertAllIsKept(Infrastructure infrastructure) throws Exception {
        assertThat(Probe.query(infrastructure.postgres(), PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
                .isEqualTo("7");
        assertThat(Probe.committed(infrastructure.kafka())).containsExactly("kept");
        assertThat(Probe.lookUp(infrastructure.registry(), "kept-value", Probe.schema("kept"))
                        .statusCode())
                .isEqualTo(200);
        Probe.send(infrastructure.kafka(), true, "goes on");
    }
}
