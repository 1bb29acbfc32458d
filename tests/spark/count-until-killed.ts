// A process that recounts an archive on Spark, until it is killed: killed.spark-test.ts.
import { join } from 'node:path'
import { openArchive } from '../../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../../stores/objects/local-objects.ts'
import { readRecount } from '../../testing/archive-fixture.ts'
import { engineOf, QUESTION } from './spark-fixture.ts'

const [directory] = process.argv.slice(2)
const archive = await openArchive({
  objects: await openLocalObjects(directory!),
  scratchDirectory: join(directory!, '..', 'scratch-of-killed'),
  memoryMiB: 64,
  threads: 1,
  engine: engineOf(directory!),
})
for (;;) await readRecount(archive, QUESTION)
