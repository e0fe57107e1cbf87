/** Benchmarks of capture, beside PostgreSQL's decoding, Debezium's engine and Debezium Server. */
@NullMarked
package io.waltally.bench.capture;

import org.jspecify.annotations.NullMarked;
