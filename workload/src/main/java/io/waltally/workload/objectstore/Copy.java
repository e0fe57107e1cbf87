package io.waltally.workload.objectstore;

/** One row of object_locations: a copy of an object on a backend. */
record Copy(String backend, Content content) {
    long size() {
        return content.size();
    }
}
