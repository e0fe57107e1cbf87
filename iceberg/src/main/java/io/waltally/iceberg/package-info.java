/**
 * A sink of analytics tables. In: cdc topics; out: an Apache Iceberg table of changes for each captured table, whose
 * snapshots store the offsets up to which they contain the topics.
 */
@NullMarked
package io.waltally.iceberg;

import org.jspecify.annotations.NullMarked;
