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
  DOCKER_HOST JAVA_HOME GOPATH PYTHONPATH VIRTUAL_ENV LOGLEVEL_DEFAULT ARCHIVE_DIR`

test('is left alone: what others set', () => {
  assert.deepEqual(nearMisses(FOREIGN.split(/\s+/), KNOWN), [])
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
