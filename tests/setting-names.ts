// The names of all settings and their defaults, asked of the code that reads them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { type Environment, SettingsReader } from '../lib/settings-reader.ts'
import { readEventLimits } from '../services/partitioner/event-limits-settings.ts'
import { readSettings as readPartitioner } from '../services/partitioner/settings.ts'
import { readSettings as readProcessing } from '../services/processing/settings.ts'
import { readSettings as readQuery } from '../services/query/settings.ts'
import { readSettings as readReconciler } from '../services/reconciler/settings.ts'
import { readSettings as readStandalone } from '../services/standalone/settings.ts'
import { readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { readWantedLayout } from '../stores/layouts/layout-settings.ts'
import {
  readKafkaSettings,
  readPartitionBytesMax,
  readTopicReplicas,
} from '../stores/log/kafka/kafka-settings.ts'
import { root } from './source-file.ts'

type Read = (environment: Environment) => unknown

/** By the name of the service. A worker is a processing instance. */
export const SERVICES = {
  partitioner: readPartitioner,
  processing: readProcessing,
  worker: readProcessing,
  query: readQuery,
  reconciler: readReconciler,
} as const satisfies Record<string, Read>

/** Of objects in S3: the AWS SDK reads them by itself. */
export const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

const OF_TOPICS = /\bread\.\w+\('([A-Z_]+)'/g

/** What the services, `npm run migrate` and `npm run topics` read. */
export function clusterSettings(): string[] {
  return namesRead([...Object.values(SERVICES), ofMigrate, ofTopics])
}

/** The same, and what `npm start` reads. */
export function allSettings(): string[] {
  return namesRead([...Object.values(SERVICES), ofMigrate, ofTopics, readStandalone])
}

/** What each service makes of a setting that is not there: by name, and then by service. */
export function allDefaults(): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  const defaults = new Map<string, Map<string, unknown>>()
  const reads: Record<string, Read> = {
    standalone: readStandalone,
    ...SERVICES,
    migrate: ofMigrate,
    topics: ofTopics,
  }
  for (const [service, read] of Object.entries(reads)) {
    for (const method of READING)
      recordEach(method, (name, value) => {
        defaults.getOrInsertComputed(name, () => new Map()).set(service, value)
      })
    read({})
    mock.restoreAll()
  }
  return defaults
}

const READING = [
  'text',
  'oneOf',
  'wholeNumber',
  'counts',
  'parsed',
  'secret',
  'parsedSecret',
  'fileContent',
] as const

function recordEach(method: (typeof READING)[number], record: (name: string, value: unknown) => void): void {
  const original = SettingsReader.prototype[method] as (...args: unknown[]) => unknown
  mock.method(SettingsReader.prototype, method, function (this: SettingsReader, ...args: unknown[]) {
    const value = original.apply(this, args)
    record(String(args[0]), value)
    return value
  })
}

/** Those that a text names. */
export function namesIn(text: string): string[] {
  return Array.from(text.matchAll(/`([A-Z][A-Z0-9_]+)`/g), ([, name]) => name!)
}

function namesRead(reads: readonly Read[]): string[] {
  const names = new Set<string>()
  const environment: Environment = new Proxy({}, { get: (_, name) => void names.add(String(name)) })
  for (const read of reads) read(environment)
  return Array.from(names).sort()
}

function ofMigrate(environment: Environment): void {
  readCassandraSettings(new SettingsReader(environment))
}

/** Its main program cannot be imported without being run. */
function ofTopics(environment: Environment): void {
  const read = new SettingsReader(environment)
  const parts = [readKafkaSettings, readTopicReplicas, readPartitionBytesMax, readEventLimits]
  for (const part of parts) part(read)
  readWantedLayout(read, 1)
  const source = readFileSync(join(root, 'tools/topics.ts'), 'utf8')
  for (const [, name] of source.matchAll(OF_TOPICS)) void environment[name!]
}
