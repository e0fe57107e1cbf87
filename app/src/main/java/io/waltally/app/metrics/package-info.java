/** What Prometheus reads of this process, at {@code /metrics}. */
package io.waltally.app.metrics;
