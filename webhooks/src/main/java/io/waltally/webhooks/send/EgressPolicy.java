package io.waltally.webhooks.send;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;

/**
 * Decides which addresses requests may reach. By default only https, and only public addresses, so that a webhook gives
 * no access to the network of the sender.
 */
public record EgressPolicy(boolean http, boolean privateAddresses) {
    private static final int LAST_PORT = 65_535;

    /** @throws IllegalArgumentException if the URL is not permitted, whatever address it resolves to */
    void requireAllowedScheme(URI url) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw new IllegalArgumentException("url must begin with https://");
        }
        if (scheme.equals("http") && !http) {
            throw new IllegalArgumentException("url begins with http://: must be https, or allow-http be true");
        }
        if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "url must have a host, and neither user info (use headers.Authorization) nor a fragment");
        }
        if (url.getPort() == 0 || url.getPort() > LAST_PORT) {
            throw new IllegalArgumentException("url has port " + url.getPort() + ": must be from 1 to " + LAST_PORT);
        }
    }

    /** Whether requests may go to the address. */
    public boolean allows(InetAddress address) {
        return privateAddresses || !SpecialAddresses.contain(address);
    }
}
