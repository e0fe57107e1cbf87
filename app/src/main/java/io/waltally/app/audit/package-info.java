/** The audit log of operators' actions through the HTTP API and the command line. */
@NullMarked
package io.waltally.app.audit;

import org.jspecify.annotations.NullMarked;
