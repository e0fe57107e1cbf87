# The production image: the app and its libraries, without the embedded infrastructure.
FROM maven:3.9.11-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
# What the launcher runs before its first start.
RUN mvn -B --no-transfer-progress -Dmaven.test.skip=true -Dspotless.check.skip=true package

FROM eclipse-temurin:17-jre-noble
RUN groupadd --system waltally \
    && useradd --system --gid waltally --home-dir /var/lib/waltally --create-home waltally \
    && mkdir -p /etc/waltally
COPY --from=build /src/app/target/waltally.jar /opt/waltally/waltally.jar
COPY --from=build /src/app/target/lib /opt/waltally/lib
USER waltally
WORKDIR /var/lib/waltally
EXPOSE 8080
ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=70", "-cp", "/opt/waltally/waltally.jar:/opt/waltally/lib/*", "io.waltally.app.Main"]
CMD ["run", "-c", "/etc/waltally/waltally.yml"]
