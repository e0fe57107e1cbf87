/**
 * Tables that are read beside the stream. In: the tables that are not complete in their topics. Out: their rows, in
 * chunks, each at the moment of the stream at which it was read.
 */
@NullMarked
package io.waltally.connectors.capture.snapshot;

import org.jspecify.annotations.NullMarked;
