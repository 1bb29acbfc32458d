import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { readSettings } from '../services/standalone/settings.ts'
import { nearMisses } from './near-misses.ts'
import { SettingsError } from './settings-reader.ts'

const ROOT = new URL('../', import.meta.url).pathname
const KNOWN = settingNames()

/** Every name that some part of the product reads. */
function settingNames(): string[] {
  const files = globSync('{lib,stores,services,infra,tools}/**/*{settings,window}.ts', { cwd: ROOT })
  const texts = files.map((file) => readFileSync(`${ROOT}${file}`, 'utf8'))
  const names = texts.flatMap((text) =>
    Array.from(text.matchAll(/read\s*\.\w+\(\s*'([A-Z0-9_]+)'/g), (found) => found[1]!),
  )
  return [...new Set(names)]
}

describe('is taken for a setting written wrongly:', () => {
  const check = (name: string, meant: string) =>
    test(`${name} for ${meant}`, () => assert.deepEqual(nearMisses([name], KNOWN), [{ name, meant }]))
  check('API_KEY', 'API_KEYS')
  check('ADMIN_KEY', 'ADMIN_KEYS')
  check('api_keys', 'API_KEYS')
  check('APIKEYS', 'API_KEYS')
  check('TALLY_API_KEYS', 'API_KEYS')
  check('CORS_ORIGIN', 'CORS_ORIGINS')
  check('TRUST_PROXIES', 'TRUST_PROXY')
  check('ALLOWED_HOST', 'ALLOWED_HOSTS')
  check('DATA_DIRS', 'DATA_DIR')
  check('KAFKA_BROKER', 'KAFKA_BROKERS')
  check('KAKFA_BROKERS', 'KAFKA_BROKERS')
  check('FLUSH_INTERVALL_MS', 'FLUSH_INTERVAL_MS')
  check('SPLIT_VIDEO', 'SPLIT_VIDEOS')
  check('FLUSH_INTERVAL', 'FLUSH_INTERVAL_MS')
  check('FLUSH_INTERVAL_SECONDS', 'FLUSH_INTERVAL_MS')
  check('flush-interval', 'FLUSH_INTERVAL_MS')
  check('TALLY_FLUSH_INTERVAL', 'FLUSH_INTERVAL_MS')
  check('LIVE_SERIES', 'LIVE_SERIES_MAX')
  check('MAX_LIVE_SERIES', 'LIVE_SERIES_MAX')
  check('HORIZON', 'HORIZON_MS')
  check('SPOOL_MAX_BYTES', 'SPOOL_MIB_MAX')
  check('IN_FLIGHT_BYTES', 'IN_FLIGHT_MIB_MAX')
  check('RAW_RETENTION_DAYS', 'RAW_RETENTION_HOURS')
  check('EVENTS_PER_MINUTE_MAX', 'EVENTS_PER_SECOND_MAX')
  check('MINUTES_DAYS_MAX', 'MINUTES_DAYS')
  check('PARTITION_COUNT', 'PARTITIONS')
  check('API_KEYS_FILE', 'API_KEYS')
  check('KAFKA_BROKER_LIST', 'KAFKA_BROKERS')
  check('S3_ENDPOINT_URL', 'S3_ENDPOINT')
})

const MEASURES = ['MS', 'SECONDS', 'DAYS', 'BYTES', 'MIB', 'MAX', 'MIN', 'LIMIT']

test('no name of two words or more is missed that has a measure too many', () => {
  for (const name of KNOWN.filter((one) => one.includes('_') && !one.endsWith('_PORT'))) {
    for (const measure of [...MEASURES, 'FILE', 'LIST', 'COUNT', 'SIZE']) {
      const written = `${name}_${measure}`
      assert.deepEqual(nearMisses([written], KNOWN), [{ name: written, meant: name }])
    }
  }
})

test('no name of two words or more is missed that lacks its measures or has others', () => {
  const measured = /^([A-Z0-9]+(?:_[A-Z0-9]+)+?)((?:_(?:MS|S|SECOND|MINUTE|HOURS|MIB|MAX))+)$/
  const found = KNOWN.flatMap((name) => {
    const [, stem, measures] = measured.exec(name) ?? []
    return stem === undefined ? [] : [{ name, stem, measures: measures!.slice(1).split('_') }]
  })
  assert.ok(found.length > 15)
  for (const { name, stem, measures } of found) {
    const fewer = measures.map((_, at) => [stem, ...measures.toSpliced(at, 1)].join('_'))
    const others = MEASURES.map((measure) => `${stem}_${measure}`)
    for (const written of [stem, `MAX_${stem}`, ...fewer, ...others].filter((one) => !KNOWN.includes(one))) {
      assert.deepEqual(nearMisses([written], KNOWN), [{ name: written, meant: name }])
    }
  }
})

/** As shells, npm, CI, Docker, Kubernetes and other programs set them. */
const FOREIGN = `PATH PWD OLDPWD HOME HOSTNAME HOSTTYPE SHELL SHLVL USER LOGNAME LANG LANGUAGE LC_ALL TERM TMPDIR TZ
  EDITOR PORT_RANGE PORTS HOSTS POST LANES XDG_DATA_DIRS XDG_DATA_HOME XDG_CONFIG_DIRS XDG_RUNTIME_DIR
  SSH_CONNECTION SSH_TTY NODE_ENV NODE_OPTIONS NODE_PATH npm_config_cache npm_config_ignore_scripts
  npm_lifecycle_event npm_package_name npm_execpath INIT_CWD CI CI_API_V4_URL GITHUB_ACTIONS
  GITHUB_API_URL RUNNER_OS GITLAB_CI APP_KEY APP_ENV SECRET_KEY TALLY_PORT TALLY_SERVICE_HOST
  TALLY_SERVICE_PORT TALLY_PORT_8080_TCP TALLY_PORT_8080_TCP_ADDR KAFKA_PORT KAFKA_HOST
  KAFKA_SERVICE_HOST REDIS_PORT REDIS_HOST REDIS_SERVICE_PORT CASSANDRA_HOST KUBERNETES_PORT
  KUBERNETES_SERVICE_HOST KAFKA_HEAP_OPTS KAFKA_OPTS KAFKA_HOME CASSANDRA_HOME CASSANDRA_CONF
  AWS_ACCESS_KEY_ID AWS_REGION AWS_ENDPOINT_URL_S3 AWS_DEFAULT_REGION S3_BUCKET DATABASE_URL
  HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy OTEL_LOG_LEVEL RUST_LOG DBUS_SESSION_BUS_ADDRESS
  DOCKER_HOST JAVA_HOME GOPATH PYTHONPATH VIRTUAL_ENV LOGLEVEL_DEFAULT ARCHIVE_DIR
  HOURS MINUTES DAYS MAX MIN LIMIT SIZE URL FILE DATA LOG API PROBE ARCHIVE S3 KAFKA REDIS CASSANDRA
  PORT_MIN PORT_MAX PORT_COUNT HOST_NAME HOST_LIST HOST_URL MAX_PORT LANE_COUNT LOG_FILE LOG_PATH LOG_LIMIT
  DATA_PATH DATA_SIZE DATA_URL DATA_MAX API_URL API_FILE REDIS_NAME REDIS_SIZE KAFKA_NAME CASSANDRA_NAME
  KAFKA_CLIENT_ID KAFKA_CLIENT_USERS KAFKA_HEAP_OPTS MAX_HEAP_SIZE HEAP_NEWSIZE CASSANDRA_SEEDS
  CASSANDRA_CLUSTER_NAME CASSANDRA_DC CASSANDRA_RACK CASSANDRA_USER CASSANDRA_PASSWORD_SEEDER
  REDIS_PASSWORD REDIS_MAXMEMORY S3_BUCKET_NAME AWS_MAX_ATTEMPTS AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
  NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_V8_COVERAGE NODE_TEST_CONTEXT UV_THREADPOOL_SIZE
  npm_config_maxsockets npm_config_fetch_retries npm_config_fetch_timeout npm_config_loglevel npm_config_prefix
  npm_package_json npm_package_config_port npm_node_execpath npm_config_user_agent npm_config_noproxy
  OTEL_EXPORTER_OTLP_ENDPOINT OTEL_BSP_MAX_QUEUE_SIZE OTEL_TRACES_SAMPLER GOMAXPROCS GOMEMLIMIT SIZE_MAX
  MAX_OLD_SPACE_SIZE WEB_CONCURRENCY PM2_HOME NVM_DIR VOLTA_HOME FNM_DIR SYSTEMD_EXEC_PID INVOCATION_ID
  JOURNAL_STREAM LISTEN_FDS LISTEN_PID NOTIFY_SOCKET WATCHDOG_USEC MAINPID STATE_DIRECTORY CACHE_DIRECTORY
  HISTSIZE HISTFILE HISTFILESIZE LS_COLORS COLORTERM TERM_PROGRAM TERM_PROGRAM_VERSION VISUAL PAGER LESS
  POD_NAME POD_IP POD_NAMESPACE NODE_NAME SERVICE_NAME MEMORY_LIMIT CPU_LIMIT REQUEST_TIMEOUT QUERY_TIMEOUT`

test('is left alone: what others set', () => {
  assert.deepEqual(nearMisses(FOREIGN.split(/\s+/), KNOWN), [])
})

test('is left alone: what Kubernetes and Docker set for services of any name', () => {
  const words = KNOWN.flatMap((name) => name.split('_').map((_, at, all) => all.slice(0, at + 1).join('_')))
  const services = new Set([...words, 'TALLY', 'TALLY_QUERY', 'TALLY_PROCESSING', 'TALLY_DATA'])
  const endings = `SERVICE_HOST SERVICE_PORT SERVICE_PORT_HTTP PORT PORT_8080_TCP PORT_8080_TCP_PROTO
    PORT_8080_TCP_PORT PORT_8080_TCP_ADDR PORT_8080_UDP ENV_PATH ENV_NODE_VERSION`.split(/\s+/)
  const names = Array.from(services).flatMap((service) => endings.map((ending) => `${service}_${ending}`))
  assert.ok(names.length > 1_000)
  assert.deepEqual(nearMisses(names, KNOWN), [])
})

test('no setting is taken for another one', () => {
  assert.ok(KNOWN.length > 50)
  for (const name of KNOWN) {
    const others = KNOWN.filter((one) => one !== name)
    assert.deepEqual(nearMisses([name], others), [], name)
  }
})

test('a name is left alone where the setting itself is there', () => {
  assert.deepEqual(nearMisses(['API_KEY', 'API_KEYS'], KNOWN), [])
})

test('a start with a near miss says which name was meant, and shows no value', () => {
  assert.throws(
    () => readSettings({ API_KEY: 'sekret=acme' }),
    (error) => {
      assert.ok(error instanceof SettingsError)
      assert.match(error.message, /API_KEY is not a setting: API_KEYS is probably meant/)
      assert.doesNotMatch(error.message, /sekret/)
      return true
    },
  )
})
