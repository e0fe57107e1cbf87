/** The routes of the HTTP API. In: requests that the server has checked. Out: tallies and state as JSON. */
@NullMarked
package io.waltally.app.http.route;

import org.jspecify.annotations.NullMarked;
