package io.waltally.pipeline.notification.row;

import io.waltally.pipeline.state.BinarySerde;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * A row as it was before the open transaction.
 *
 * @param state null if the row did not exist
 */
record RowBefore<S>(@Nullable S state) {
    static <S> Serde<RowBefore<S>> serde(Serde<S> states) {
        return BinarySerde.ofValue(
                (row, output) -> {
                    output.flag(row.state != null);
                    if (row.state != null) {
                        byte[] state = states.serializer().serialize("", row.state);
                        output.number(state.length).raw(state);
                    }
                },
                input -> new RowBefore<>(
                        input.flag() ? states.deserializer().deserialize("", input.raw(input.smallNumber())) : null));
    }
}
