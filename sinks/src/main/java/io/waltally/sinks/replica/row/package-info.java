/**
 * Rows of the source as text that PostgreSQL's COPY reads. In: keys and envelopes in Avro, and the schemas that wrote them.
 * Out: the columns of a table with their types, and the text of each row.
 */
@NullMarked
package io.waltally.sinks.replica.row;

import org.jspecify.annotations.NullMarked;
