/** Operations of an application, and the choice of the next one. */
package io.waltally.workload.operation;
