package io.waltally.app.command.common;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.fixture.TypedInput;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfirmationTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "no\n", "yes\n", "sync\n", "S3\n", "s3 yes\n", "n"})
    void anythingElseThanTheWordAndTheEndOfInputDoNothing(String answer) {
        assertThatThrownBy(confirm(answer)).isInstanceOf(CommandFailure.class).hasMessage("nothing was done");
    }

    @Test
    void theWordConfirms() {
        assertThatCode(confirm("s3\n")).doesNotThrowAnyException();
        assertThatCode(confirm(" s3 ")).doesNotThrowAnyException();
    }

    private static ThrowingCallable confirm(String answer) {
        return () -> TypedInput.of(answer, () -> {
            Confirmation.require("The slot is dropped.", "s3");
            return true;
        });
    }
}
