/** Firefox Sync's syncstorage on PostgreSQL: its store methods, and the clients that call them. */
package io.waltally.workload.sync;
