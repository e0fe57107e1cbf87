package io.waltally.embedded;

import java.util.Map;

/**
 * Settings that sessions inherit from {@code ALTER DATABASE} and {@code ALTER ROLE}, each with a value that changes
 * what a session reads or writes, or ends it. For tests.
 */
public final class HostileSettings {
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("bytea_output", "escape"),
            Map.entry("datestyle", "SQL, DMY"),
            Map.entry("intervalstyle", "iso_8601"),
            Map.entry("timezone", "Asia/Kathmandu"),
            Map.entry("extra_float_digits", "-15"),
            Map.entry("lc_monetary", "POSIX"),
            Map.entry("client_encoding", "LATIN1"),
            Map.entry("xmlbinary", "hex"),
            Map.entry("xmloption", "document"),
            Map.entry("array_nulls", "off"),
            Map.entry("quote_all_identifiers", "on"),
            Map.entry("standard_conforming_strings", "off"),
            Map.entry("search_path", "nowhere"),
            Map.entry("row_security", "off"),
            Map.entry("statement_timeout", "1ms"),
            Map.entry("lock_timeout", "1ms"),
            Map.entry("idle_in_transaction_session_timeout", "1ms"),
            Map.entry("idle_session_timeout", "1ms"),
            // Off from the second statement of a session on.
            Map.entry("transaction_timeout", "100ms"),
            Map.entry("default_transaction_isolation", "serializable"),
            Map.entry("default_transaction_read_only", "on"),
            Map.entry("default_transaction_deferrable", "on"),
            Map.entry("jit_above_cost", "0"),
            Map.entry("synchronous_commit", "off"));

    private HostileSettings() {}

    /** Values by name in lower case; not every server version has all of them. */
    public static Map<String, String> values() {
        return VALUES;
    }
}
