package io.waltally.webhooks.send;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** Addresses that are not global unicast, by IANA's special-purpose address registries (RFC 6890). */
final class SpecialAddresses {
    private static final List<Range> IPV4 = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** The global unicast range; the other entries are exceptions of it. */
    private static final Range IPV6_GLOBAL = Range.of("2000::/3");

    private static final List<Range> IPV6 = ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    /** NAT64: the IPv4 address is in the last four bytes. */
    private static final Range NAT64 = Range.of("64:ff9b::/96");

    private SpecialAddresses() {}

    static boolean contain(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            return contain(IPV4, bytes);
        }
        if (NAT64.contains(bytes)) {
            return contain(IPV4, Arrays.copyOfRange(bytes, 12, 16));
        }
        return !IPV6_GLOBAL.contains(bytes) || contain(IPV6, bytes);
    }

    private static boolean contain(List<Range> ranges, byte[] address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static List<Range> ranges(String... texts) {
        return Arrays.stream(texts).map(Range::of).toList();
    }

    /** A range of addresses with the same prefix. */
    private static final class Range {
        private final byte[] first;
        private final int bits;

        private Range(byte[] first, int bits) {
            this.first = first;
            this.bits = bits;
        }

        static Range of(String text) {
            int slash = text.indexOf('/');
            try {
                // A literal: no lookup.
                return new Range(
                        InetAddress.getByName(text.substring(0, slash)).getAddress(),
                        Integer.parseInt(text.substring(slash + 1)));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(text, e);
            }
        }

        boolean contains(byte[] address) {
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (first[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
