/** Tallies as any consumer reads them from their topics, and their form in JSON. */
package io.waltally.app.tally;
