// The schema files: one per version, in this folder; none of them ever changes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type avsc from 'avsc'
import type { EventSchema } from './append-only.ts'
import { crc64Avro } from './crc64-avro.ts'

const EVENT_FILE = /^event\.v\d+\.avsc$/

/** Every version of the event schema, oldest first: event.v1.avsc, event.v2.avsc and so on. */
export function readEventSchemas(): EventSchema[] {
  const files = readdirSync(import.meta.dirname).filter((name) => EVENT_FILE.test(name))
  return files.map((_, i) => readSchema(`event.v${i + 1}.avsc`))
}

export function readSchema<Schema = avsc.Schema>(file: string): Schema {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'))
}

/** CRC-64-AVRO of a schema's Parsing Canonical Form. */
export function fingerprintOf(type: avsc.Type): bigint {
  return crc64Avro(JSON.stringify(type.schema()))
}
