package io.waltally.app.doctor;

import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.webhooks.send.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Checks that an endpoint accepts connections. No request is sent. Events wait for an endpoint, so an instance starts
 * without it.
 */
record EndpointCheck(Endpoint endpoint) implements Check {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    @Override
    public String name() {
        return "endpoint " + endpoint.name();
    }

    @Override
    public List<Finding> run() {
        String host = endpoint.url().getHost();
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            return List.of(Finding.warning(
                    name(), "the host of " + endpoint.target() + " is unknown", "correct the endpoint's url"));
        }
        Optional<InetAddress> allowed =
                Arrays.stream(addresses).filter(endpoint.egressPolicy()::allows).findFirst();
        if (allowed.isEmpty()) {
            return List.of(Finding.warning(
                    name(),
                    endpoint.target() + " has the address " + addresses[0].getHostAddress()
                            + ", which is not public: nothing is sent to it",
                    "set allow-private of the endpoint to true, if it is meant"));
        }
        return List.of(connect(allowed.get()));
    }

    private Finding connect(InetAddress address) {
        boolean secure = "https".equalsIgnoreCase(endpoint.url().getScheme());
        int port = endpoint.url().getPort() >= 0 ? endpoint.url().getPort() : secure ? HTTPS : HTTP;
        long began = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
            long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            socket.setSoTimeout((int) Math.max(1, TIMEOUT_MILLIS - spent));
            if (secure) {
                shakeHands(socket, port);
            }
            return Finding.ok(name(), endpoint.target() + " takes connections");
        } catch (IOException e) {
            return Finding.warning(
                    name(),
                    endpoint.target() + " does not take connections: " + e.getMessage(),
                    "start it, or correct the endpoint's url, its certificate or a firewall");
        }
    }

    private void shakeHands(Socket socket, int port) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (SSLSocket secured =
                (SSLSocket) factory.createSocket(socket, endpoint.url().getHost(), port, true)) {
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.startHandshake();
        }
    }
}
