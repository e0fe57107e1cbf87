package io.waltally.app.dataloss;

import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.KafkaBrokerProcess;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.SchemaRegistry;
import io.waltally.embedded.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** Servers whose Kafka can be backed up, and restored while the others run. */
final class RestorableServers implements Infrastructure {
    private final PostgresServer postgres = PostgresServer.start(ServerOptions.ephemeral());
    private final SchemaRegistry registry = SchemaRegistry.start(ServerOptions.ephemeral());
    private final Path data;
    private final Path backup;
    private final KafkaBrokerProcess kafka;

    /** @param directory for Kafka's data and its backup */
    RestorableServers(Path directory) {
        data = directory.resolve("kafka");
        backup = directory.resolve("kafka-backup");
        kafka = KafkaBrokerProcess.start(ServerOptions.in(data));
    }

    /** Stops the broker meanwhile. */
    void backUpKafka() throws IOException, InterruptedException {
        kafka.stop();
        run("rm", "-rf", backup.toString());
        run("cp", "-a", data.toString(), backup.toString());
        kafka.restart();
    }

    /** As if nothing had been written since the backup. Stops the broker meanwhile. */
    void restoreKafka() throws IOException, InterruptedException {
        kafka.stop();
        run("rm", "-r", data.toString());
        run("cp", "-a", backup.toString(), data.toString());
        kafka.restart();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }

    @Override
    public PostgresAddress postgres() {
        return postgres.address();
    }

    @Override
    public String kafka() {
        return kafka.bootstrapServers();
    }

    @Override
    public URI registry() {
        return registry.uri();
    }

    @Override
    public void close() {
        registry.close();
        kafka.close();
        postgres.close();
    }
}
