/**
 * The routes of tallies. In: requests that the server has checked. Out: tallies as JSON, complete up to an LSN, from this
 * instance or from the one that has the user.
 */
@NullMarked
package io.waltally.app.http.route.tally;

import org.jspecify.annotations.NullMarked;
