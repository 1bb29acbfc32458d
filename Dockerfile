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
# What /docs shows.
COPY ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md ./
COPY docs docs
COPY examples/README.md examples/
COPY tools tools
COPY infra/cassandra infra/cassandra
COPY infra/healthcheck.sh infra/
# The account node: by number, so that a cluster can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "infra/healthcheck.sh"]
CMD ["node", "services/standalone/main.ts"]

# The same with Apache Spark, for reconcilers that recount by it: docker build --target spark
FROM product AS spark
USER 0
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless python3 python3-venv \
  && rm -rf /var/lib/apt/lists/* && mkdir /programs && chown 1000:1000 /programs
COPY infra/fault.ts infra/
COPY infra/native/fingerprint.ts infra/native/maven.ts infra/native/python.ts infra/native/run-program.ts infra/native/
COPY infra/spark/install-spark.ts infra/spark/requirements.txt infra/spark/
USER 1000:1000
RUN ["node", "--eval", "import('./infra/spark/install-spark.ts').then((spark) => spark.installSpark('/programs')).then(({ home }) => require('node:fs').symlinkSync(home, '/programs/spark'))"]
ENV SPARK_HOME=/programs/spark

FROM product
