/**
 * Writes to both stores as their applications do. In: a seed and a rate. Out: committed transactions, and the notifications
 * that must follow from them.
 */
package io.waltally.workload;
