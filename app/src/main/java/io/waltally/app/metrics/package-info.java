/** The metrics that Prometheus scrapes at {@code /metrics}. */
@NullMarked
package io.waltally.app.metrics;

import org.jspecify.annotations.NullMarked;
