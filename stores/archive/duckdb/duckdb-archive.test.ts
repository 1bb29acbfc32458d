import { join } from 'node:path'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import { archiveContract } from '../archive-contract.ts'
import { openArchive } from './duckdb-archive.ts'

archiveContract('The archive as Parquet on a local disk', async () => {
  const directory = await temporaryDirectory()
  const objects = await openLocalObjects(join(directory.path, 'objects'))
  const scratchDirectory = join(directory.path, 'scratch')
  const archive = await openArchive({ objects, scratchDirectory, memoryMiB: 128, threads: 1 })
  return {
    archive,
    close: async () => {
      await archive.close()
      await directory[Symbol.asyncDispose]()
    },
  }
})
