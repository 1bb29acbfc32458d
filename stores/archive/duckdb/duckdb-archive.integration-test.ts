// The archive in a bucket of a real server that speaks S3: S3_ENDPOINT names it.
import { join } from 'node:path'
import { openTestBucket } from '../../../testing/s3-bucket.ts'
import { archiveContract } from '../archive-contract.ts'
import { openArchive } from './duckdb-archive.ts'

archiveContract('The archive as Parquet in a bucket', async () => {
  const { objects, folder, [Symbol.asyncDispose]: dispose } = await openTestBucket()
  const scratchDirectory = join(folder, 'archive')
  const archive = await openArchive({ objects, scratchDirectory, memoryMiB: 128, threads: 1 })
  return {
    archive,
    close: async () => {
      await archive.close()
      await dispose()
    },
  }
})
