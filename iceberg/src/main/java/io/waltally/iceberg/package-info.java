/**
 * A sink of analytics tables. In: cdc topics; out: an Apache Iceberg table of changes for each captured table, whose
 * snapshots carry the positions up to which they have the topics.
 */
@NullMarked
package io.waltally.iceberg;

import org.jspecify.annotations.NullMarked;
