# Two images: `clinic` (web, worker, beat and migrations, told apart by their command) and `proxy` (TLS).
# Neither runs as root; neither holds a secret: those come from the environment when a container starts.

# --- the packages, in the versions the tests ran with; neither the development nor the embedded ones ------------------
FROM python:3.12-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/clinic"]
COPY pyproject.toml constraints.txt README.md ./
RUN ["/opt/clinic/bin/pip", "install", "--constraint", "constraints.txt", ".[sms]"]

# --- the TLS proxy ----------------------------------------------------------------------------------------------------
FROM caddy:2-alpine AS proxy
# Certificates are kept in a folder that its own account owns; the image's /data belongs to root.
RUN ["install", "-d", "-o", "10002", "-g", "10002", "-m", "0700", "/var/lib/proxy"]
ENV XDG_DATA_HOME=/var/lib/proxy/data \
    XDG_CONFIG_HOME=/var/lib/proxy/config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10002:10002
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/"]

# --- the clinic -------------------------------------------------------------------------------------------------------
FROM python:3.12-slim AS clinic
RUN ["groupadd", "--gid", "10001", "clinic"]
RUN ["useradd", "--uid", "10001", "--gid", "10001", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "clinic"]
ENV PATH=/opt/clinic/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=clinic.settings \
    CLINIC_DATA_DIR=/srv/clinic/data \
    CLINIC_DOWNTIME_DIR=/var/lib/clinic/downtime
WORKDIR /srv/clinic
COPY --from=packages /opt/clinic /opt/clinic
COPY . .
# The container's file system is read-only: bytecode and static files are made here. The folder comes first, because
# file names are hashed only where it is. The key is good for this one command: the settings ask for one, nothing
# signed with it is kept.
RUN ["python", "-m", "compileall", "-q", "."]
# The volume that is mounted here takes this owner over.
RUN ["install", "-d", "-o", "10001", "-g", "10001", "-m", "0700", "/var/lib/clinic/downtime"]
RUN ["mkdir", "-p", "data/staticfiles"]
RUN ["env", "CLINIC_ENV=development", "SECRET_KEY=used-while-the-image-is-built-and-never-again", "python", "manage.py", "collectstatic", "--noinput"]
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "deploy/health.py", "web"]
# The number of processes is GRANIAN_WORKERS; each has four threads, and each thread a database connection.
ENV GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2
CMD ["granian", "--interface", "wsgi", "--no-ws", "--blocking-threads", "4", "--backpressure", "64", "--respawn-failed-workers", "--workers-kill-timeout", "20", "--log-level", "warning", "clinic.wsgi:application"]
