/** Columns of an Iceberg table for the fields of Avro records, and their values. */
@NullMarked
package io.waltally.iceberg.column;

import org.jspecify.annotations.NullMarked;
