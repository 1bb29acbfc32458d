// The bodies that take longest to read, within what a body may be: many names that were never seen before, in
// objects of all sizes, and whatever else is said to be slow in JSON.
import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'

type Body = (round: number) => InjectOptions

const MEGABYTE = 1 << 20
/** A body may hold so many values. */
const VALUES = 39_000
const QUERY_VALUES = 16_000
const CLOUD_BATCH = 'application/cloudevents-batch+json'

export const names = (prefix: string, length: number) => Array.from({ length }, (_, i) => `${prefix}${i}`)

function events(payload: string, type = 'application/json'): InjectOptions {
  return { method: 'POST', url: '/v1/events', headers: { 'content-type': type }, payload }
}

function gzipped(payload: string): InjectOptions {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  return { method: 'POST', url: '/v1/events', headers, payload: gzipSync(payload) }
}

function query(payload: object): InjectOptions {
  return { method: 'POST', url: '/v1/query', payload }
}

const object = (keys: number, prefix = 'k') => Object.fromEntries(names(prefix, keys).map((key) => [key, 1]))
/** Objects of so many fields, none of which has a name that stood anywhere before. */
const objects = (round: number, count: number, keys: number) =>
  names(`r${round}-`, count).map((prefix) => object(keys, `${prefix}-`))
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

const fewKeys = (round: number) => objects(round, VALUES / 39, 38)
const CLOUD_EVENT = { specversion: '1.0', id: '1', source: '/s', type: 'view', subject: 'v' }

export const WORST_BODIES: Readonly<Record<string, Body>> = {
  'an event of 39,000 keys': (round) => events(JSON.stringify(object(VALUES, `r${round}-`))),
  'an event of 39,000 escaped keys': (round) =>
    events(JSON.stringify(object(VALUES, `r${round}-`)).replaceAll('r', '\\u0072')),
  '1,000 events of 38 keys': (round) => events(JSON.stringify(fewKeys(round))),
  '1,000 events of 38 keys, wrapped': (round) => events(JSON.stringify({ events: fewKeys(round) })),
  '1,000 events of 38 keys, gzipped': (round) => gzipped(JSON.stringify(fewKeys(round))),
  '600 events of 64 keys': (round) => events(JSON.stringify(objects(round, 600, 64))),
  '6 events of 6,000 keys': (round) => events(JSON.stringify(objects(round, 6, 6_000))),
  '1,000 lines of 60 keys': (round) =>
    events(
      objects(round, 1_000, 60)
        .map((event) => JSON.stringify(event))
        .join('\n'),
      'application/x-ndjson',
    ),
  'a line of 80,000 keys': (round) =>
    events(JSON.stringify(object(80_000, `r${round}-`)), 'application/x-ndjson'),
  '1,000 CloudEvents of 30 extensions': (round) =>
    events(
      JSON.stringify(objects(round, 1_000, 30).map((keys) => ({ ...CLOUD_EVENT, ...keys }))),
      CLOUD_BATCH,
    ),
  'a CloudEvent of 39,000 extensions': (round) =>
    events(
      JSON.stringify({ ...CLOUD_EVENT, ...object(VALUES, `r${round}-`) }),
      'application/cloudevents+json',
    ),
  'a megabyte of escapes': () =>
    events(JSON.stringify({ id: '' }).replace('""', `"${'\\u0061'.repeat(170_000)}"`)),
  'a number of a million digits': () => events(`{"value":${'9'.repeat(MEGABYTE - 20)}}`),
  '1,200 numbers of 800 digits': () =>
    events(`[${names(`9007199254740993.${'0'.repeat(780)}`, 1_200).join(',')}]`),
  '600 nests of 60 levels': () => events(`[${names('', 600).map(() => nested(60))}]`),
  'a megabyte of brackets': () => events(nested(MEGABYTE / 2)),
  'a megabyte of commas': () => events(`[${','.repeat(MEGABYTE - 2)}]`),
  'a megabyte of empty lines': () => events('\n'.repeat(MEGABYTE), 'application/x-ndjson'),
  'a megabyte of blanks': () => events(' '.repeat(MEGABYTE)),
  'a query of 16,000 keys': (round) => query(object(QUERY_VALUES, `r${round}-`)),
  'a query of 256 objects of 62 keys': (round) => query({ videoIds: objects(round, QUERY_VALUES / 62, 62) }),
  'a query of 38,000 videos': () => query({ videoIds: names('', 38_000), eventTypes: ['view'] }),
}
