package io.waltally.app.local.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.CountDownLatch;

/**
 * A process of clients that read the events of an instance as pages do. Ends with its standard input, or with a client.
 */
final class EventClients {
    /** The line that is printed once each client gets events. */
    static final String FOLLOWING = "following";

    private static final int BUFFER = 1 << 16;
    private static final int OK = 200;

    private EventClients() {}

    /** @param arguments the URI of the stream, and the number of clients */
    public static void main(String[] arguments) throws Exception {
        URI stream = URI.create(arguments[0]);
        int clients = Integer.parseInt(arguments[1]);
        CountDownLatch opening = new CountDownLatch(clients);
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> read(stream, opening), "client-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        opening.await();
        System.out.println(FOLLOWING);
        while (System.in.read() >= 0) {
            // The input has no content: its end is the end of the benchmark.
        }
    }

    private static void read(URI stream, CountDownLatch opening) {
        try {
            HttpURLConnection connection = (HttpURLConnection) stream.toURL().openConnection();
            if (connection.getResponseCode() != OK) {
                throw new IOException("the stream answers " + connection.getResponseCode());
            }
            try (InputStream events = connection.getInputStream()) {
                byte[] buffer = new byte[BUFFER];
                int length = events.read(buffer);
                opening.countDown();
                while (length >= 0) {
                    length = events.read(buffer);
                }
            }
        } catch (IOException e) {
            System.err.println("a client of the events ended: " + e.getMessage());
            System.exit(1);
        }
    }
}
