package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures capture, beside decoding of the same WAL without it. */
@Command(
        name = "capture",
        header = "Measure capture beside Debezium's engine and PostgreSQL's own decoding.",
        description = {
            "Writes rows once. Then, in turns and each from a slot of its own: 'drain' reads them from PostgreSQL through"
                    + " the JDBC driver and counts them, 'engine' is Debezium's engine with capture's settings and a"
                    + " consumer that does nothing, 'capture' writes them to Kafka exactly once.",
            ""
        })
public final class BenchCaptureCommand extends BenchMeasurement {
    @Mixin
    private DebeziumServerOptions debeziumServer;

    BenchCaptureCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    int measure(Bench bench) {
        return bench.capture();
    }

    @Override
    Optional<DebeziumServerOptions> debeziumServer() {
        return Optional.of(debeziumServer);
    }
}
