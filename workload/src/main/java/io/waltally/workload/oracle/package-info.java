/** The expected value of every tally, computed by SQL on the applications' tables. Shares no code with the pipeline. */
package io.waltally.workload.oracle;
