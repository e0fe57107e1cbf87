package io.waltally.app.http.route;

import io.waltally.app.status.SinkReport;
import java.util.List;

/** Status of the sinks of this instance, and requests to sinks. */
public interface SinkOperations {
    /** In the order of the configuration. */
    List<SinkReport> sinks();

    /**
     * Pauses a sink, in all instances.
     *
     * @throws org.apache.kafka.common.KafkaException if the request could not be written
     */
    void pause(String sink);

    /**
     * Resumes a sink, in all instances.
     *
     * @param reset whether it forgets what it has written, and reads its topics again from the beginning
     * @throws org.apache.kafka.common.KafkaException if the request could not be written
     */
    void resume(String sink, boolean reset);
}
