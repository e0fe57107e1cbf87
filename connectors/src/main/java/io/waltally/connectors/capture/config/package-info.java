/**
 * The configuration of a capture, and the sessions that it opens to the source database.
 */
@NullMarked
package io.waltally.connectors.capture.config;

import org.jspecify.annotations.NullMarked;
