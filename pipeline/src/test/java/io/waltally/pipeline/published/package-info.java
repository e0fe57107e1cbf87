/** The topics that the pipeline writes, compared with models, with SQL and with the schemas of events. */
package io.waltally.pipeline.published;
