// Requests an export from a running Tally and writes it to a temporary file first, so that a file with the final name
// is always complete.
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Fault } from '../../lib/fault.ts'
import type { Options } from './export-options.ts'

const DETAIL_CHARS_MAX = 500

/** Fails with a Fault. */
export async function run(options: Options, print: (line: string) => void): Promise<void> {
  const startMs = performance.now()
  const draft = `${options.out}.new`
  try {
    await pipeline(await asked(options), createWriteStream(draft))
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

/** The answer's body. Without fetch, which gives up if an answer takes minutes to begin. */
async function asked(options: Options): Promise<IncomingMessage> {
  const { what, from, to, format, resolution, url, key } = options
  const query = new URLSearchParams({ startTime: from, endTime: to, format })
  if (options.bom) query.set('bom', 'true')
  if (!options.formulaGuard) query.set('formulaGuard', 'false')
  if (what === 'counts') query.set('resolution', resolution)
  const address = `${url}/v1/admin/exports/${what}?${query}`
  const headers = key === null ? {} : { authorization: `Bearer ${key}` }
  const get = address.startsWith('https:') ? getHttps : getHttp
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address, { headers, agent: false }, resolve).once('error', (cause: Error) => {
      reject(new Fault(`${url} does not answer: ${cause.message}`))
    })
  })
  if (answer.statusCode === 200) return answer
  const said = (await text(answer)).slice(0, DETAIL_CHARS_MAX)
  throw new Fault(`${url} answers ${answer.statusCode}: ${said}`)
}
