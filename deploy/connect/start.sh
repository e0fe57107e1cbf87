#!/bin/sh
# Runs standalone Kafka Connect with the examples of docs/kafka-connect.md, whose addresses are those of `waltally infra`.
set -eu

examples=${EXAMPLES:-/opt/connect/examples}
directory=$(mktemp -d)

for file in worker s3-replica sync-replica; do
    sed -e "s|127\.0\.0\.1:19092|$KAFKA|" \
        -e "s|http://127\.0\.0\.1:18081/apis/ccompat/v7|$REGISTRY|" \
        -e "s|127\.0\.0\.1:15432|$REPLICA|" \
        -e "s|http://127\.0\.0\.1:8083|http://0.0.0.0:8083|" \
        -e 's|^connection\.password=$|connection.password=${env:REPLICA_PASSWORD}|' \
        "$examples/$file.properties" > "$directory/$file.properties"
done
cat >> "$directory/worker.properties" <<EOF

config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
EOF

exec "${KAFKA_HOME:-/opt/kafka}/bin/connect-standalone.sh" \
    "$directory/worker.properties" "$directory/s3-replica.properties" "$directory/sync-replica.properties"
