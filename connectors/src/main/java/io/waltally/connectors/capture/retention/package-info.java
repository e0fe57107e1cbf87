/**
 * The WAL that the source database retains for the slot. In: measurements every few seconds. Out: log lines at
 * thresholds, and the time that is left.
 */
@NullMarked
package io.waltally.connectors.capture.retention;

import org.jspecify.annotations.NullMarked;
