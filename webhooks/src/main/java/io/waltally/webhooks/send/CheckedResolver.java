package io.waltally.webhooks.send;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names to permitted addresses. Connections are opened only to addresses that this has returned, so DNS
 * rebinding has no effect.
 */
final class CheckedResolver implements DnsResolver {
    private final EgressPolicy reach;
    private final DnsResolver resolver;

    CheckedResolver(EgressPolicy reach, DnsResolver resolver) {
        this.reach = reach;
        this.resolver = resolver;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] found = resolver.resolve(host);
        InetAddress[] allowed = Arrays.stream(found).filter(reach::allows).toArray(InetAddress[]::new);
        if (allowed.length == 0 && found.length > 0) {
            throw new RefusedAddressException(host + " is at " + found[0].getHostAddress()
                    + ", which is not an address of the public Internet (allow-private: true lets it)");
        }
        return allowed;
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
        return resolver.resolveCanonicalHostname(host);
    }
}
