# Two stages: the first installs the locked wheels, the second only carries them.
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/escalator
COPY requirements.lock ./
RUN /opt/escalator/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md ./
COPY app ./app
COPY migrations ./migrations
COPY policies ./policies
COPY intake ./intake
RUN pip wheel --no-cache-dir --no-build-isolation --no-deps --wheel-dir /wheels . \
    && /opt/escalator/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 escalator \
    && install -d -o escalator -g escalator /var/lib/escalator /etc/escalator
COPY --from=build /opt/escalator /opt/escalator
COPY --chown=escalator policies /etc/escalator/policies
COPY --chown=escalator intake /etc/escalator/intake
ENV PATH=/opt/escalator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ESCALATOR_DATA_DIR=/var/lib/escalator \
    ESCALATOR_POLICIES_DIR=/etc/escalator/policies \
    ESCALATOR_INTAKE_DIR=/etc/escalator/intake \
    ESCALATOR_LOG_FORMAT=json
USER escalator
WORKDIR /var/lib/escalator
VOLUME /var/lib/escalator
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["escalator"]
CMD ["serve"]
