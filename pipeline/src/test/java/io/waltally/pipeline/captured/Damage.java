package io.waltally.pipeline.captured;

import io.waltally.schemas.ChangeHeaders;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;

/** Kinds of damage to a record between its writer and its reader. */
public enum Damage {
    KEY_MISSING {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, null, record.value(), record.headers());
        }
    },
    KEY_CUT_OFF {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, cutOff(record.key()), record.value(), record.headers());
        }
    },
    VALUE_CUT_OFF {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, record.key(), cutOff(record.value()), record.headers());
        }
    },
    VALUE_EMPTY {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, record.key(), new byte[0], record.headers());
        }
    },
    VALUE_IS_TEXT {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, record.key(), new byte[] {'h', 'e', 'l', 'l', 'o', '!'}, record.headers());
        }
    },
    SCHEMA_UNKNOWN {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            byte[] value = record.value().clone();
            ByteBuffer.wrap(value).putInt(1, UNKNOWN_SCHEMA_ID);
            return with(record, record.key(), value, record.headers());
        }
    },
    HEADERS_MISSING {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            return with(record, record.key(), record.value(), new RecordHeaders());
        }
    },
    HEADER_MALFORMED {
        @Override
        public TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record) {
            Headers headers = new RecordHeaders(record.headers());
            headers.remove(ChangeHeaders.EPOCH).add(ChangeHeaders.EPOCH, new byte[] {'x'});
            return with(record, record.key(), record.value(), headers);
        }
    };

    public static final int UNKNOWN_SCHEMA_ID = 4711;

    public abstract TestRecord<byte[], byte[]> to(TestRecord<byte[], byte[]> record);

    public boolean leavesTheKey() {
        return this != KEY_MISSING && this != KEY_CUT_OFF;
    }

    boolean leavesTheHeaders() {
        return this != HEADERS_MISSING && this != HEADER_MALFORMED;
    }

    private static byte[] cutOff(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    private static TestRecord<byte[], byte[]> with(
            TestRecord<byte[], byte[]> record, byte[] key, byte[] value, Headers headers) {
        return new TestRecord<>(key, value, headers, record.getRecordTime());
    }
}
