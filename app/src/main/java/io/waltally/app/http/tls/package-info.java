/** TLS of the HTTP API: the server's certificate, and the certificates that clients of other instances trust. */
@NullMarked
package io.waltally.app.http.tls;

import org.jspecify.annotations.NullMarked;
