package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinarySerde;

/** Key of a row of backend_usage. */
public record UsagePeriod(String backend, String period) {
    public static final BinarySerde<UsagePeriod> SERDE = BinarySerde.ofKey(
            (key, output) -> output.text(key.backend).text(key.period),
            input -> new UsagePeriod(input.text(), input.text()));
}
