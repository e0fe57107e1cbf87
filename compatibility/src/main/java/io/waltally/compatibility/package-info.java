/**
 * Forms of data that outlive the process that wrote them. In: what today's code writes and reads, and the forms that
 * were recorded of earlier versions. Out: a failure for each recorded form that is not readable any more, and for each
 * form that is not recorded.
 */
package io.waltally.compatibility;
