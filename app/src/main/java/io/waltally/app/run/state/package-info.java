/** The local state of Kafka Streams: what it was made from, and whether it may be used again. */
@NullMarked
package io.waltally.app.run.state;

import org.jspecify.annotations.NullMarked;
