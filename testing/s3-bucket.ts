// The address of the real server for tests, and a bucket for each of them.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { readObjectsSettings, type S3Settings } from '../stores/objects/objects-settings.ts'
import { openS3Objects, type S3Objects } from '../stores/objects/s3/s3-objects.ts'
import { temporaryDirectory } from './temporary-directory.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'tally'
process.env.AWS_SECRET_ACCESS_KEY ??= 'tally-test'

export function settingsOf(archiveUrl: string): S3Settings {
  if (process.env.S3_ENDPOINT === undefined) throw new Error('Set S3_ENDPOINT to the server to test against.')
  const read = new SettingsReader({ ...process.env, ARCHIVE_URL: archiveUrl })
  const settings = readObjectsSettings(read, '')
  read.check()
  if (settings.kind !== 's3') throw new Error(`${archiveUrl} is no bucket.`)
  return settings
}

export type TestBucket = AsyncDisposable & {
  readonly objects: S3Objects
  readonly settings: S3Settings
  /** Removed together with the bucket's client. */
  readonly folder: string
  readonly scratchDirectory: string
}

/** Objects under a prefix of a new bucket that also holds foreign objects. */
export async function openTestBucket(change: Partial<S3Settings> = {}): Promise<TestBucket> {
  const bucket = `tally-test-${randomBytes(6).toString('hex')}`
  const settings = { ...settingsOf(`s3://${bucket}/some/prefix`), ...change }
  const client = new S3Client({ endpoint: settings.endpoint!, region: settings.region, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  for (const Key of ['before', 'some/prefix', 'some/prefix-2/a', 'some/prefix/', 'some/prefix/a/', 'zzz'])
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'of others' }))
  const directory = await temporaryDirectory()
  const scratchDirectory = join(directory.path, 'scratch')
  const deps = { clock: systemClock, random: Math.random, scratchDirectory }
  const objects = await openS3Objects(settings, deps)
  return {
    objects,
    settings,
    folder: directory.path,
    scratchDirectory,
    async [Symbol.asyncDispose]() {
      objects.close()
      client.destroy()
      await directory[Symbol.asyncDispose]()
    },
  }
}
