# One image, every service: docker-compose.yml chooses which by its command; without one, everything in one process.
FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY sdk/package.json sdk/
# The image brings Node: the one that npm installs is not needed.
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:26.10.0-slim AS product
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
# As npm start: memory that is freed goes back to the system (docs/decisions/0028).
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=16777216
WORKDIR /app
RUN mkdir /data /overflow /keys && chown 1000:1000 /data /overflow /keys
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
# What npm run spark-recount needs of this folder.
COPY infra/fault.ts infra/nodes.ts infra/settings.ts infra/healthcheck.sh infra/
COPY infra/native/python.ts infra/native/run-program.ts infra/native/
COPY infra/spark infra/spark
# The account node: by number, so that a cluster can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "infra/healthcheck.sh"]
CMD ["node", "services/standalone/main.ts"]

# The same with Java, Python and Spark: docker build --target spark
FROM product AS spark
USER 0
ENV INFRA_PROGRAMS=/programs
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless python3 python3-venv \
  && rm -rf /var/lib/apt/lists/* && mkdir /programs /out && chown 1000:1000 /programs /out
USER 1000:1000
RUN ["node", "--eval", "import('./infra/spark/spark-recount.ts').then((spark) => spark.installSpark('/programs'))"]
ENTRYPOINT ["node", "tools/spark-recount.ts"]

FROM product
