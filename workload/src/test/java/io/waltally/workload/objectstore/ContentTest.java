package io.waltally.workload.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContentTest {
    @Test
    void encryptionAddsAHeaderAndAnOverheadPerChunk() {
        assertThat(Content.encryptedSize(0)).isEqualTo(32);
        assertThat(Content.encryptedSize(1)).isEqualTo(32 + 28 + 1);
        assertThat(Content.encryptedSize(65_536)).isEqualTo(32 + 28 + 65_536);
        assertThat(Content.encryptedSize(65_537)).isEqualTo(32 + 56 + 65_537);
    }

    @Test
    void decryptionGivesThePlaintextBack() {
        Content plain = Content.plain(100_000, "hash");
        assertThat(plain.encrypt("00ff", "key-1").decrypt()).isEqualTo(plain);
    }
}
