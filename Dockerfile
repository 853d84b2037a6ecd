# Builds the wheels and an environment from them; nothing of this stage but /opt/festoon is kept.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_CONSTRAINT=/src/constraints.txt
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels . ./plugins/lottery ./plugins/quiz ./plugins/notifications
RUN python -m venv --without-pip /opt/festoon \
    && pip --python /opt/festoon/bin/python install --no-input /wheels/*.whl

FROM python:3.13-slim
RUN groupadd --system --gid 10001 festoon \
    && useradd --uid 10001 --gid festoon --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin festoon \
    && install --directory --owner=festoon --group=festoon --mode=0700 /data
COPY --from=build /opt/festoon /opt/festoon
COPY deploy/entrypoint.sh /usr/local/bin/festoon-entrypoint
ENV PATH=/opt/festoon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FESTOON_HOST=0.0.0.0 \
    FESTOON_PORT=8000 \
    FESTOON_DATABASE_URL=sqlite+aiosqlite:////data/festoon.db
WORKDIR /data
USER festoon
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['FESTOON_PORT']}/healthz\", timeout=2)"]
ENTRYPOINT ["festoon-entrypoint"]
