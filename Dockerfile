# syntax=docker/dockerfile:1
FROM rust:1.95-slim-trixie AS build
# libssl-dev and pkg-config: PostgreSQL over TLS (feature pg-tls); make and libc6-dev: the bundled C parts.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libc6-dev libssl-dev make pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Kept between builds on one machine, so that a change of ours does not compile our dependencies again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --features pg-tls \
 && install -D target/release/standards-registry /out/standards-registry

FROM debian:trixie-slim
# OpenSSL from the distribution, so that its security updates reach the image by a rebuild.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3t64 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin registry \
 && install -d -o registry -g registry -m 0750 /data
COPY --from=build /out/standards-registry /usr/local/bin/
USER registry
# The data folder holds the token key, and the database unless it is PostgreSQL: it must outlive the container.
VOLUME /data
ENV REGISTRY_BIND=0.0.0.0:8080 REGISTRY_DATA=/data
EXPOSE 8080
# bash speaks enough HTTP for this; a client such as curl would be one more thing to keep patched.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]"]
ENTRYPOINT ["standards-registry"]
CMD ["serve"]
