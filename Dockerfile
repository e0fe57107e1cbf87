# The production image: an unpacked distribution, without the embedded infrastructure.
FROM maven:3.9.11-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
# What the launcher runs before its first start.
RUN mvn -B --no-transfer-progress -Dmaven.test.skip=true -Dspotless.check.skip=true package
RUN mv app/target/distribution/waltally-*/waltally-* /opt/waltally

FROM eclipse-temurin:17-jre-noble
ARG VERSION=unknown
LABEL org.opencontainers.image.title="waltally" \
      org.opencontainers.image.description="Streams the changes of two PostgreSQL metadata stores into Kafka and keeps exact tallies of them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
RUN groupadd --system --gid 10001 waltally \
    && useradd --system --uid 10001 --gid waltally --home-dir /var/lib/waltally --create-home waltally \
    && mkdir -p /etc/waltally
COPY --from=build /opt/waltally /opt/waltally
# What is not heap: RocksDB's cache, buffers of the network, threads, code.
ENV WALTALLY_JAVA_OPTS="-XX:MaxRAMPercentage=60" \
    PATH="/opt/waltally/bin:${PATH}"
# By number, so that Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /var/lib/waltally
# State, if streams.state-directory does not name another place. Besides it only /tmp is written.
VOLUME /var/lib/waltally
EXPOSE 8080
# Of the command run, at WALTALLY_HTTP_PORT or else its default port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 CMD ["/opt/waltally/bin/probe", "/healthz"]
ENTRYPOINT ["/opt/waltally/bin/waltally"]
CMD ["run", "-c", "/etc/waltally/waltally.yml"]
