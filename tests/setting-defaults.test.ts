// The defaults in docs/settings.md are those of the code: of `npm start`, and of each service that has another one.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { allDefaults, namesIn, SERVICES } from './setting-names.ts'
import { root } from './source-file.ts'

const SERVICE_NAMES = Object.keys(SERVICES).filter((service) => service !== 'worker')
/** Defaults that are told in words: what the code makes of the setting, and what the table says. */
const IN_WORDS: Readonly<Record<string, readonly [value: string, words: string]>> = {
  DATA_DIR: ['./data', './data (partitioner ./data/partitioner, …)'],
  KEYS_FILE: ['data/keys.json', 'DATA_DIR/keys.json'],
  SHARE_SECRETS: ['none', "the deployment's own"],
  PARTITIONS: ['4', '4 (topics: 16)'],
  KAFKA_MIN_INSYNC_REPLICAS: ['2', 'KAFKA_REPLICATION−1'],
  KAFKA_CA_FILE: ['none', 'authorities of Node'],
  REDIS_CA_FILE: ['none', 'authorities of Node'],
  CASSANDRA_COUNTING_DCS: ['none', 'all'],
  CASSANDRA_TLS_SERVER_NAME: ['none', 'the address of the node'],
  ARCHIVE_URL: ['file:data/archive', 'file:DATA_DIR/archive'],
  OVERFLOW_URL: ['file:data/overflow', 'file:DATA_DIR/overflow (partitioner none, reconciler none)'],
  S3_ENDPOINT: ['none', "Amazon's"],
  S3_PATH_STYLE: ['false', 'true with an endpoint'],
  SPARK_MASTER: ['local[1]', 'local[RECOUNT_THREADS]'],
  PROBE_URL: ['none', 'itself'],
}
/** Beside a default, what a value means. */
const MEANING = /^(off|0: off|0: never|the least|at most 300)$/

const defaults = allDefaults()
const documented = readFileSync(join(root, 'docs/settings.md'), 'utf8')
const rows = documented
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, names = '', cell = '']) => ({ listed: namesIn(names), cell }))

for (const { listed, cell } of rows) {
  test(`${listed.join(', ')}: ${cell}`, () => {
    const told = toldOf(cell.replaceAll('`', ''), listed.length)
    for (const [i, name] of listed.entries()) {
      const [value, words] = IN_WORDS[name] ?? [null, null]
      if (value === null) {
        assert.equal(withoutMeaning(told[i]!), defaultOf(name), name)
      } else {
        assert.deepEqual([baseOf(name), told[i]], [value, words], name)
      }
    }
  })
}

test('each default in words is of a setting in the table', () => {
  const listed = rows.flatMap((row) => row.listed)
  for (const name of Object.keys(IN_WORDS)) assert.ok(listed.includes(name), name)
})

/** One for each name; where there is one alone, it is of all. Commas in parentheses part nothing. */
function toldOf(cell: string, count: number): readonly string[] {
  const parts = cell.includes('; ') && !/\([^)]*;/.test(cell) ? cell.split('; ') : cell.split(/, (?![^(]*\))/)
  return parts.length === 1 ? Array.from({ length: count }, () => parts[0]!) : parts
}

/** `2 (off; partitioner 5)` as `2 (partitioner 5)`. */
function withoutMeaning(told: string): string {
  const [, base = told, beside = ''] = /^(.*?) \((.*)\)$/.exec(told) ?? []
  const rest = beside
    .split('; ')
    .filter((part) => !MEANING.test(part))
    .join('; ')
  return rest === '' ? base : `${base} (${rest})`
}

/** As the table tells it: that of `npm start`, and beside it those of services that differ. */
function defaultOf(name: string): string {
  const base = baseOf(name)
  const values = defaults.get(name)!
  const others = SERVICE_NAMES.filter(
    (service) => values.has(service) && textOf(values.get(service)) !== base,
  )
  const beside = others.map((service) => `${service} ${textOf(values.get(service))}`).join(', ')
  return values.has('standalone') && beside !== '' ? `${base} (${beside})` : base
}

function baseOf(name: string): string {
  const values = defaults.get(name)!
  return textOf(values.has('standalone') ? values.get('standalone') : values.values().next().value)
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '' || typeof value === 'function') return 'none'
  if (value instanceof Map || value instanceof Set) return textOf([...value.values()])
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join(',')
  if (typeof value !== 'object') return String(value)
  if ('directory' in value) return `file:${value.directory}`
  return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value)
}
