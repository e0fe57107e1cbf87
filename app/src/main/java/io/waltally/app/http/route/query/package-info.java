/** Query parameters that routes of the API share: pages, order, prefixes, and the LSN to wait for. */
@NullMarked
package io.waltally.app.http.route.query;

import org.jspecify.annotations.NullMarked;
