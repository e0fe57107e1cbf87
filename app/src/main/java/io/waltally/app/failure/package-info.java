/** Sentences for failures of servers and files: what failed, which key and value, and what to do. */
@NullMarked
package io.waltally.app.failure;

import org.jspecify.annotations.NullMarked;
