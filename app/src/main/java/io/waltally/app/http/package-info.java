/** The HTTP API. Field names are those of the Avro contracts; errors are problem documents (RFC 9457). */
package io.waltally.app.http;
