// Where the archive is kept, and the records of the overload lane: in a directory of this machine, or a bucket.
// Credentials are not settings of ours: the AWS SDK looks for them (AWS_ACCESS_KEY_ID, profiles, roles).
import { join } from 'node:path'
import { MIB } from '../../lib/byte-units.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'

export type S3Settings = {
  readonly bucket: string
  /** The prefix of every key, without a slash at its end; empty for none. */
  readonly prefix: string
  /** Null for Amazon's own. */
  readonly endpoint: string | null
  readonly region: string
  /** Whether the bucket is named in the path instead of the host name. */
  readonly pathStyle: boolean
  /** How much local disk open objects may use. */
  readonly scratchBytesMax: number
}

export type ObjectsSettings =
  | { readonly kind: 'file'; readonly directory: string }
  | ({ readonly kind: 's3' } & S3Settings)

export function readObjectsSettings(read: SettingsReader, dataDirectory: string): ObjectsSettings {
  return readPlace(read, 'ARCHIVE_URL', { directory: join(dataDirectory, 'archive') })!
}

/** The same for all processes of a log. `local`: the default directory; null for none. */
export function readOverflowObjects(read: SettingsReader, local: string | null): ObjectsSettings | null {
  return readPlace(read, 'OVERFLOW_URL', local === null ? null : { directory: local })
}

function readPlace(read: SettingsReader, name: string, fallback: Location | null): ObjectsSettings | null {
  const endpoint = read.parsed('S3_ENDPOINT', parseEndpoint, null)
  const s3 = {
    endpoint,
    region: read.text('S3_REGION', 'us-east-1'),
    pathStyle:
      read.oneOf('S3_PATH_STYLE', endpoint === null ? 'false' : 'true', ['true', 'false']) === 'true',
    scratchBytesMax: read.wholeNumber('S3_SCRATCH_MIB_MAX', 8_192, { least: 64, most: 1 << 24 }) * MIB,
  }
  const location = read.parsed<Location | null>(name, (value) => parseLocation(value) ?? fallback, fallback)
  if (location === null) return null
  return 'directory' in location ? { kind: 'file', ...location } : { kind: 's3', ...location, ...s3 }
}

type Location = { readonly directory: string } | { readonly bucket: string; readonly prefix: string }

/** Bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function parseLocation(value: string | undefined): Location | null {
  if (value === undefined) return null
  const [, directory] = /^file:(?:\/\/(?=\/))?([^?#]+)$/.exec(value) ?? []
  if (directory !== undefined && !directory.startsWith('//')) return { directory }
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(value) ?? []
  const words = prefix.replace(/\/$/, '')
  if (bucket !== undefined && (words === '' || words.split('/').every(isWord)))
    return { bucket, prefix: words }
  throw new Error('must be file:DIRECTORY, or s3://BUCKET or s3://BUCKET/PREFIX of [A-Za-z0-9._=-] and /')
}

function isWord(word: string): boolean {
  return /^(?!\.{1,2}$)[\w.=-]+$/.test(word)
}

function parseEndpoint(value: string | undefined): string | null {
  if (value === undefined) return null
  const url = URL.parse(value)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('must be an http:// or https:// URL')
  if (url.username !== '' || url.password !== '') {
    throw new Error('must hold no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  }
  return value.replace(/\/$/, '')
}
