/**
 * The errors of a capture, and what each means for it: try again, give way to another process, or stop.
 */
@NullMarked
package io.waltally.connectors.capture.error;

import org.jspecify.annotations.NullMarked;
