// Answers questions in SQL about raw events, each in a process of its own (sql-process.ts): one that takes too long or
// too much memory is ended, and takes nothing else with it.

import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesOf } from '../../../lib/byte-units.ts'
import { type SqlAnswer, SqlFault, type SqlQuestion, SqlUnavailable } from '../sql.ts'
import { answerInProcess } from './answer-in-process.ts'
import type { RawFiles } from './raw-files.ts'

export type SqlPlace = {
  readonly rawFiles: RawFiles
  readonly scratchDirectory: string
  /** Of the disk of a directory. */
  readonly freeBytes?: (directory: string) => Promise<number>
}

const MEMORY_MIB = 256
const SPILL_MIB = 1_024
/** What a question that spills must leave free: events, snapshots or the archive are on the same disk. */
const LEFT_FREE_MIB = 1_024
/** With the program itself, and what DuckDB does not count. */
const RSS_BYTES_MAX = 768 << 20
/** Of the files of a range. */
const FILE_BYTES_MAX = 4 * 2 ** 30

/** Fails with an SqlFault or an SqlUnavailable, when aborted, and if there is no answer. */
export async function answerSql(
  { rawFiles, scratchDirectory, freeBytes = freeBytesOf }: SqlPlace,
  { horizonMs, earlierHorizons, aheadMs, ...question }: SqlQuestion,
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const list = () => rawFiles.ofRange(question.from, question.to)
  const files = await list()
  const bytes = bytesOf(files)
  if (bytes > FILE_BYTES_MAX) {
    throw new SqlFault(
      `The range has ${bytes >> 20} MiB of raw events: at most ${FILE_BYTES_MAX >> 20}. Ask for less time.`,
    )
  }
  const spillDirectory = join(scratchDirectory, 'sql')
  await rm(spillDirectory, { recursive: true, force: true })
  await mkdir(spillDirectory, { recursive: true })
  checkFree(await freeBytes(spillDirectory))
  const order = {
    ...{ ...question, inTime: { horizonMs, earlierHorizons, aheadMs }, spillDirectory },
    ...{ memoryMiB: MEMORY_MIB, spillMiB: SPILL_MIB, rssBytesMax: RSS_BYTES_MAX },
  }
  return rawFiles.read(files, list, (paths) => answerInProcess({ ...order, paths }, signal), {
    trusted: true,
    signal,
  })
}

function checkFree(bytes: number): void {
  const least = SPILL_MIB + LEFT_FREE_MIB
  const free = Math.floor(bytes / 2 ** 20)
  if (free >= least) return
  throw new SqlUnavailable(
    `The disk has ${free} MiB free: a question in SQL may take ${SPILL_MIB} of at least ${least} MiB.`,
  )
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
