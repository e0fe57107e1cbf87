/** The files of the page at /, and of the libraries that it uses. */
@NullMarked
package io.waltally.app.http.page;

import org.jspecify.annotations.NullMarked;
