package io.waltally.app.doctor.kafka;

import io.waltally.app.config.KafkaSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.DefaultHostResolver;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;

/**
 * The brokers with their advertised addresses, as a bootstrap server returns them. {@link
 * org.apache.kafka.clients.admin.Admin} does not answer if no advertised address can be connected to.
 */
final class AdvertisedBrokers {
    private AdvertisedBrokers() {}

    /**
     * Asks the bootstrap servers in turn.
     *
     * @throws IOException if the last one cannot be connected to
     * @throws KafkaException if the last one refuses the connection
     */
    static Collection<Node> read(KafkaSettings kafka) throws IOException {
        AdminClientConfig config = new AdminClientConfig(kafka.properties());
        Time time = Time.SYSTEM;
        try (Metrics metrics = new Metrics(time);
                NetworkClient client = ClientUtils.createNetworkClient(
                        config,
                        "waltally-doctor",
                        metrics,
                        "doctor",
                        new LogContext(),
                        new ApiVersions(),
                        time,
                        1,
                        KafkaProbe.TIMEOUT_MILLIS,
                        null,
                        new ManualMetadataUpdater(),
                        new DefaultHostResolver(),
                        null,
                        null)) {
            IOException failure = new IOException("there is no bootstrap server");
            int id = -1;
            for (InetSocketAddress server : ClientUtils.parseAndValidateAddresses(config)) {
                try {
                    return ask(client, new Node(id--, server.getHostString(), server.getPort()), time);
                } catch (IOException e) {
                    failure = e;
                }
            }
            throw failure;
        }
    }

    private static Collection<Node> ask(NetworkClient client, Node server, Time time) throws IOException {
        if (!NetworkClientUtils.awaitReady(client, server, time, KafkaProbe.TIMEOUT_MILLIS)) {
            throw new IOException(server + " does not answer");
        }
        MetadataRequest.Builder brokersOnly = new MetadataRequest.Builder(List.of(), false);
        MetadataResponse answer = (MetadataResponse) NetworkClientUtils.sendAndReceive(
                        client,
                        client.newClientRequest(server.idString(), brokersOnly, time.milliseconds(), true),
                        time)
                .responseBody();
        return answer.brokers();
    }
}
