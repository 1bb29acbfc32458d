// Requests an export from a running Tally and writes it to a temporary file first, so that a file with the final name
// is always complete.
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Fault } from '../../lib/fault.ts'
import { download } from '../download.ts'
import type { Options } from './export-options.ts'

/** Fails with a Fault. */
export async function run(options: Options, print: (line: string) => void): Promise<void> {
  const startMs = performance.now()
  const draft = `${options.out}.new`
  try {
    const body = await download(options.url, pathOf(options), options.key)
    await pipeline(body, createWriteStream(draft))
    await rename(draft, options.out)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(`${options.out} could not be made: ${(error as Error).message}`)
  } finally {
    await rm(draft, { force: true })
  }
  const { size } = await stat(options.out)
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  print(`${options.out}: ${size} bytes, ${seconds} s`)
}

function pathOf({ what, from, to, format, resolution, bom, formulaGuard }: Options): string {
  const query = new URLSearchParams({ startTime: from, endTime: to, format })
  if (bom) query.set('bom', 'true')
  if (!formulaGuard) query.set('formulaGuard', 'false')
  if (what === 'counts') query.set('resolution', resolution)
  return `/v1/admin/exports/${what}?${query}`
}
