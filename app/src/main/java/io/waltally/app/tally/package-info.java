/** Tallies as any consumer reads them from their topics, and their JSON form. */
@NullMarked
package io.waltally.app.tally;

import org.jspecify.annotations.NullMarked;
