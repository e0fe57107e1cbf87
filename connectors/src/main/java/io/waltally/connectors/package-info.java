/** The edges of the pipeline: {@code capture} from PostgreSQL into Kafka. The only code that sees Debezium and Connect. */
@NullMarked
package io.waltally.connectors;

import org.jspecify.annotations.NullMarked;
