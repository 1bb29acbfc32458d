// Sends a file, and tells what became of its rows.

import { Fault } from '../../lib/fault.ts'
import { createClient, type Rejection, TallyError } from '../../sdk/src/node/index.ts'
import { STANDARD_INPUT } from '../replay/open-bytes.ts'
import { Progress, type Screen } from '../replay/progress.ts'
import { countLines, type FileEvent, fileEvents } from './file-events.ts'
import type { SendOptions } from './send-flags.ts'

/** So many reasons are told. */
const SHOWN_MAX = 20
/** Bodies from this many characters on are sent gzipped. */
const GZIP_MIN_CHARS = 4_096

export type Sent = {
  readonly accepted: number
  readonly late: number
  /** Rows that are no event, or that the server refused. */
  readonly refused: number
}

/**
 * `tell` gets a line for each of the first rows that were not taken. Fails with a Fault where the file cannot be read,
 * or the server not be reached; then what was sent before is stored.
 */
export async function send(
  options: SendOptions,
  screen: Screen,
  tell: (line: string) => void,
): Promise<Sent> {
  const { file, url, key } = options
  const client = createClient({ url, gzipMinChars: GZIP_MIN_CHARS, ...(key !== null && { apiKey: key }) })
  const total = file === STANDARD_INPUT ? Number.POSITIVE_INFINITY : await countLines(file)
  const progress = new Progress(screen, total, 'lines')
  const sent = { accepted: 0, late: 0, refused: 0 }
  const refuse = (line: number, reason: string) => {
    sent.refused += 1
    if (sent.refused > SHOWN_MAX) return
    progress.clear()
    tell(`line ${line}: ${reason}`)
  }
  let lines = 0
  for await (const lot of fileEvents(options)) {
    const events: Extract<FileEvent, { event: unknown }>[] = []
    for (const one of lot) {
      if ('reason' in one) refuse(one.line, one.reason)
      else events.push(one)
    }
    const result = await client
      .processEvents(events.map(({ event }) => event))
      .catch((error: unknown) => failed(error, events, sent.accepted))
    sent.accepted += result.accepted
    sent.late += result.late
    for (const { index, ...rejection } of result.rejected) refuse(events[index]!.line, wordsOf(rejection))
    lines = lot.at(-1)?.line ?? lines
    progress.update(lines)
  }
  progress.clear()
  if (sent.refused > SHOWN_MAX) tell(`… and ${sent.refused - SHOWN_MAX} more`)
  return sent
}

function wordsOf({ code, detail }: Omit<Rejection, 'index'>): string {
  return `${code}: ${detail}`
}

function failed(error: unknown, events: readonly { readonly line: number }[], accepted: number): never {
  if (!(error instanceof TallyError)) throw error
  const first = error.unresolved[0]
  const where = first === undefined ? '' : ` from line ${events[first.index]!.line} on`
  throw new Fault(
    `${error.message}. ${accepted} events are stored; what became of others${where} is not known. ` +
      'Send the file again: rows with times count once.',
    { cause: error },
  )
}
