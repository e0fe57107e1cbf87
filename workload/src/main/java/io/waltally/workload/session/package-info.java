/** One writer's connection to a store: transactions, retries, and a record of every committed change. */
package io.waltally.workload.session;
