package io.waltally.schemas.topic;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;

/** The deviations of a topic property from its configured value that preserve all guarantees. */
enum PropertyTolerance {
    /** No deviation is tolerated. */
    EXACT {
        @Override
        boolean accepts(String wanted, String actual) {
            return actual.equals(wanted);
        }
    },
    /** A larger number; -1 is unlimited. */
    AT_LEAST {
        @Override
        boolean accepts(String wanted, String actual) {
            try {
                return limit(actual) >= limit(wanted);
            } catch (NumberFormatException e) {
                return false;
            }
        }
    },
    /** A cleanup policy that keeps the last record of each key. */
    KEEPS_LAST_RECORD {
        @Override
        boolean accepts(String wanted, String actual) {
            return !policies(actual).contains(TopicConfig.CLEANUP_POLICY_DELETE);
        }
    },
    /** A cleanup policy that keeps all records of a key. */
    KEEPS_EVERY_RECORD {
        @Override
        boolean accepts(String wanted, String actual) {
            return !policies(actual).contains(TopicConfig.CLEANUP_POLICY_COMPACT);
        }
    },
    /** Every deviation is tolerated. */
    ANY {
        @Override
        boolean accepts(String wanted, String actual) {
            return true;
        }
    };

    abstract boolean accepts(String wanted, String actual);

    private static long limit(String text) {
        return text.equals(Cleanup.UNLIMITED) ? Long.MAX_VALUE : Long.parseLong(text);
    }

    /** May be empty: then the broker removes nothing. */
    private static Set<String> policies(String list) {
        return Arrays.stream(list.split(",")).map(String::strip).collect(Collectors.toSet());
    }
}
