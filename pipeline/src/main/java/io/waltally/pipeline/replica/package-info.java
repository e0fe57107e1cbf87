/** Which objects have fewer or more copies than they should, for longer than replication takes. */
package io.waltally.pipeline.replica;
