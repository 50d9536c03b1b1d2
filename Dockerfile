FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
# The environment has no pip of its own. Its bytecode is compiled here and never checked against the sources again, so
# that the first request need not wait for a compiler, whatever the layers make of the files' times.
RUN python -m venv --without-pip /opt/hubspot-mock \
    && python -m pip --python /opt/hubspot-mock/bin/python install --no-cache-dir --no-compile . \
    && /opt/hubspot-mock/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/hubspot-mock/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="hubspot-mock" \
      org.opencontainers.image.description="A local, stateful stand-in for HubSpot's CRM Imports API, for tests" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
COPY --from=build /opt/hubspot-mock /opt/hubspot-mock
# The official image has no bytecode of the standard library, and a user without rights could never keep any. The demo
# imports what a server needs, so running it once writes what is missing, and tells whether this image works at all.
RUN /opt/hubspot-mock/bin/hubspot-mock demo
# /data: a database that outlives the container. A named volume takes its owner from here.
RUN mkdir /data /scenarios && chown 10001:10001 /data
ENV PATH=/opt/hubspot-mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUBSPOT_MOCK_SERVER_HOST=0.0.0.0 \
    HUBSPOT_MOCK_SERVER_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=2s --start-period=10s CMD ["hubspot-mock", "healthcheck"]
ENTRYPOINT ["hubspot-mock"]
CMD ["serve"]
