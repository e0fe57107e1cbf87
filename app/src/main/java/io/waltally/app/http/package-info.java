/** The HTTP API. Field names are those of the Avro contracts; errors are problem documents (RFC 9457). */
@NullMarked
package io.waltally.app.http;

import org.jspecify.annotations.NullMarked;
