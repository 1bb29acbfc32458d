# One image, every service: docker-compose.yml chooses which by its command; without one, everything in one process.
FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY sdk/package.json sdk/
# The image brings Node: the one that npm installs is not needed.
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:26.10.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
# As npm start: memory that is freed goes back to the system (docs/decisions/0028).
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=16777216
WORKDIR /app
RUN mkdir /data /overflow && chown node:node /data /overflow
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY sdk sdk
COPY model model
COPY lib lib
COPY schemas schemas
COPY stores stores
COPY services services
COPY tools tools
COPY infra/cassandra infra/cassandra
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/standalone/main.ts"]
