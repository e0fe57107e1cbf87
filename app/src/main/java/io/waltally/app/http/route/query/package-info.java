/** What query parameters of the API have in common: pages, order, prefixes, and the LSN to wait for. */
@NullMarked
package io.waltally.app.http.route.query;

import org.jspecify.annotations.NullMarked;
