package io.waltally.app.config.value;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Recognizes hosts that only this machine can reach. */
public final class Loopback {
    private static final Pattern IPV4 = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    private Loopback() {}

    /**
     * Whether a host is {@code localhost} or a loopback address. Other names are not resolved, and are not loopback.
     *
     * @param host an IPv6 address with or without brackets
     */
    public static boolean is(String host) {
        if (host.equalsIgnoreCase("localhost") || IPV4.matcher(host).matches()) {
            return true;
        }
        try {
            // A text with a colon is an address or nothing; it is not looked up.
            return host.contains(":") && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
