/** Infrastructure of the HTTP API: the API document, checks of every request, and problem documents. */
@NullMarked
package io.waltally.app.http.server;

import org.jspecify.annotations.NullMarked;
