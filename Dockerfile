# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# For the libssl of AWS-LC that is compiled in; gcc comes with the image.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /privet
COPY . .
# Downloads and what was compiled stay on the building machine, so that a changed line does not build everything
# anew. The cache is no part of any layer: what is to stay is copied out of it. `/data` is made here because the
# other image has no shell to make it with.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/privet/target,sharing=locked \
    cargo build --profile dist --locked --package privet \
    && install -D target/dist/privet /out/privet \
    && mkdir /out/data

# The C library, CA certificates and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12
LABEL org.opencontainers.image.title="Privet" \
      org.opencontainers.image.description="Owns every user's privacy settings and preferences, and answers what they allow" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=build /out/privet /usr/local/bin/privet
# A number, so that orchestrators can see that it is not root.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# With nothing configured the database is data/privet.db: in the volume. Nothing else is written to, so the root
# file system may be read-only.
WORKDIR /
VOLUME /data
ENV PRIVET_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/privet", "health"]
ENTRYPOINT ["/usr/local/bin/privet"]
