package io.waltally.app.http.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;

/** The HTTP API cannot listen at its address. The message names key and value, and says what to do. */
public final class ListenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private ListenException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Checks that a server could listen at the address now.
     *
     * @param port 0 for any free one
     * @throws ListenException if it could not
     */
    public static void requireFree(String host, int port) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        try (ServerSocket socket = new ServerSocket()) {
            if (address.isUnresolved()) {
                throw new UnknownHostException(host);
            }
            socket.bind(address);
        } catch (IOException e) {
            throw of(host, port, e);
        }
    }

    /** Explains the failure to bind a socket. */
    public static ListenException of(String host, int port, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
                return wrongHost(host, "its address is unknown", failure);
            }
            String message = String.valueOf(cause.getMessage());
            if (message.contains("Cannot assign requested address")) {
                return wrongHost(host, "this machine has no such address", failure);
            }
            if (message.contains("Address already in use")) {
                return new ListenException(
                        "port " + port + " of " + host + " is in use; stop what listens there, or choose another by"
                                + " --http-port or http.port",
                        failure);
            }
            if (message.contains("Permission denied")) {
                return new ListenException(
                        "http.port is " + port + ": this user may not listen there; choose one above 1023", failure);
            }
        }
        return new ListenException(
                "the HTTP API cannot listen at " + host + ":" + port + " (http.host, http.port): "
                        + failure.getMessage(),
                failure);
    }

    private static ListenException wrongHost(String host, String why, Throwable failure) {
        return new ListenException(
                "http.host is \"" + host + "\": " + why
                        + "; give an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all",
                failure);
    }
}
