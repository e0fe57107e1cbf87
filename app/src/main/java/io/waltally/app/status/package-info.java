/** Where sources and stages stand, gathered from the outside: PostgreSQL, the watermarks, and the consumer group. */
package io.waltally.app.status;
