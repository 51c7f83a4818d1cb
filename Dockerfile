# syntax=docker/dockerfile:1

FROM rust:1.95.0-slim-bookworm AS build
# For the libssl of AWS-LC, which is compiled from C++. The image has gcc.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /privet
COPY . .
# Downloads and compiled files are cached on the building machine, so that a change does not rebuild everything. The
# cache is in no layer: results are copied out of it. `/data` is created here because the other image has no shell.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/privet/target,sharing=locked \
    cargo build --profile dist --locked --package privet \
    && install -D target/dist/privet /out/privet \
    && mkdir /out/data

# It has the C library and CA certificates, and no shell or package manager. Tags of this image move, so that the digest
# is pinned: update it with each release, for the fixes of Debian.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
LABEL org.opencontainers.image.title="Privet" \
      org.opencontainers.image.description="Owns every user's privacy settings and preferences, and answers what they allow" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=build /out/privet /usr/local/bin/privet
# A numeric user, so that orchestrators can verify that it is not root.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# By default the database is data/privet.db: in the volume. Nothing else is written, so that the root file system may be
# read-only.
WORKDIR /
VOLUME /data
ENV PRIVET_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/privet", "health"]
ENTRYPOINT ["/usr/local/bin/privet"]
