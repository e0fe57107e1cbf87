package io.waltally.app.status;

import io.waltally.sinks.engine.SinkStatus;
import java.util.Optional;

/**
 * The status of a sink in this process.
 *
 * @param lagBytes WAL between what the target has and what is in Kafka's topics of the source, that of other databases
 *     of the server included; empty while either is unknown
 */
public record SinkReport(SinkStatus status, Optional<Long> lagBytes) {}
