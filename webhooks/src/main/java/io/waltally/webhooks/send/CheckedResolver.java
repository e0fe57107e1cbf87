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
    private final EgressPolicy egressPolicy;
    private final DnsResolver resolver;

    CheckedResolver(EgressPolicy egressPolicy, DnsResolver resolver) {
        this.egressPolicy = egressPolicy;
        this.resolver = resolver;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] found = resolver.resolve(host);
        InetAddress[] allowed =
                Arrays.stream(found).filter(egressPolicy::allows).toArray(InetAddress[]::new);
        if (allowed.length == 0 && found.length > 0) {
            throw new RefusedAddressException(host + " resolves to " + found[0].getHostAddress()
                    + ", a non-public address; set allow-private: true to permit it");
        }
        return allowed;
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
        return resolver.resolveCanonicalHostname(host);
    }
}
