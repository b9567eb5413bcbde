# syntax=docker/dockerfile:1

# ---- build: the wheel, and a check that refuses to ship a bad rulebook
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

COPY requirements.lock requirements-dev.lock ./
RUN python -m venv /app \
    && /app/bin/pip install --require-hashes --requirement requirements.lock \
    && python -m venv /build \
    && /build/bin/pip install --require-hashes --requirement requirements-dev.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY hooks ./hooks
COPY rules ./rules
RUN /build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /app/bin/pip install --no-deps --no-index /wheels/*.whl

# Away from the source, so that what is checked is what the wheel holds: the rule files, a firing
# and a silent fixture for each, and that nobody else owns the two package names.
COPY fhir_fixtures /fixtures/fhir_fixtures
WORKDIR /fixtures
RUN /app/bin/intrathecal check --fixtures fhir_fixtures \
    && /app/bin/python -c "from importlib.metadata import packages_distributions as owners; \
assert owners()['hooks'] == owners()['rules'] == ['intrathecal-cds'], owners()" \
    && /app/bin/python -m pip uninstall --yes pip

# ---- run: no compiler, no installer, no root
FROM python:3.13-slim
LABEL org.opencontainers.image.title="intrathecal-cds" \
      org.opencontainers.image.description="CDS Hooks service for intrathecal drug delivery" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/app/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin intrathecal
COPY --from=build /app /app
USER 10001
WORKDIR /app
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
# The container answers on every address only when its clients are configured, or when
# INTRATHECAL_OPEN=true says that this is a test network.
ENTRYPOINT ["intrathecal"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
