// Runs sql-process.ts for one question and takes its answer. Whatever happens to that process, this one lives on, and
// serves others meanwhile: the answer comes in lines, which are read a few at a time.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { jsonValue } from '../../../lib/json-value.ts'
import type { InTime } from '../archive.ts'
import { SQL_MS_MAX, type SqlAnswer, SqlFault, type SqlQuestion } from '../sql.ts'

export type SqlOrder = Omit<SqlQuestion, keyof InTime> & {
  readonly paths: readonly string[]
  readonly inTime: InTime
  readonly memoryMiB: number
  /** Where what does not fit into memory goes, so much of it. */
  readonly spillDirectory: string
  readonly spillMiB: number
  readonly rssBytesMax: number
}

/** For the process: it ends when its parent is another one, or after so long, whatever becomes of this one. */
export type ProcessOrder = SqlOrder & { readonly parentPid: number; readonly lifeMs: number }

/** The first line of a reply. After that of an answer each of its rows follows in a line of its own. */
export type SqlReply = (Omit<SqlAnswer, 'rows'> & { readonly rows: number }) | { readonly fault: string }

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const PROCESS = fileURLToPath(new URL('sql-process.ts', import.meta.url))
const ANSWER_CHARS_MAX = 16 << 20
const LAST_WORDS_CHARS_MAX = 4_096
/** Longer than who asked waits, who then ends it himself. */
const LIFE_MS = SQL_MS_MAX + 5_000
/** What Node and C++ write where memory cannot be had. */
const OUT_OF_MEMORY = /out of memory|bad_alloc|allocation failed/i

/**
 * It gets no environment: there may be secrets in it. Fails with an SqlFault if the question is at fault, when aborted,
 * and if the process cannot be started or ends without an answer.
 */
export async function answerInProcess(
  order: SqlOrder,
  signal: AbortSignal,
  program = process.execPath,
): Promise<SqlAnswer> {
  signal.throwIfAborted()
  const child: Child = spawn(program, [PROCESS], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] })
  const started = once(child, 'spawn') // where there are too many files, it has not even an input
  child.on('error', () => {}) // of later ones, as of the signal that ends it, the end tells
  await started
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  if (signal.aborted) kill()
  try {
    const ended = new Promise<string>((resolve) => {
      child.once('close', (code, endedBy) => resolve(endedBy ?? `code ${code}`))
    })
    child.stdin.on('error', () => {}) // it ended before it was told all
    child.stdin.end(
      JSON.stringify({ ...order, parentPid: process.pid, lifeMs: LIFE_MS } satisfies ProcessOrder),
    )
    const [answer, lastWords] = await Promise.all([answerOf(child.stdout), lastWordsOf(child.stderr)])
    const end = await ended
    signal.throwIfAborted()
    if (answer !== null) return answer
    if (OUT_OF_MEMORY.test(lastWords)) throw new SqlFault('It took too much memory.')
    throw new Error(`the process of a question in SQL ended without an answer (${end}): ${lastWords}`)
  } finally {
    kill()
    signal.removeEventListener('abort', kill)
  }
}

/** Null if it is not whole. Fails with an SqlFault where that is the reply, or where it is too large. */
async function answerOf(stream: Readable): Promise<SqlAnswer | null> {
  let head: SqlReply | undefined
  const rows: (readonly unknown[])[] = []
  for await (const line of linesOf(stream)) {
    const value = jsonValue(line)
    if (value === undefined) return null
    if (head === undefined) head = value as SqlReply
    else rows.push(value as readonly unknown[])
  }
  if (head === undefined) return null
  if ('fault' in head) throw new SqlFault(head.fault)
  return rows.length === head.rows ? { ...head, rows } : null
}

/** Each chunk that arrives is a turn of the event loop. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let chars = 0
  let begun: string[] = []
  for await (const piece of stream.setEncoding('utf8')) {
    chars += piece.length
    if (chars > ANSWER_CHARS_MAX)
      throw new SqlFault(`The answer is too large: at most ${ANSWER_CHARS_MAX >> 20} MiB.`)
    const [first = '', ...others] = (piece as string).split('\n')
    begun.push(first)
    for (const other of others) {
      yield begun.join('')
      begun = [other]
    }
  }
  if (begun.join('') !== '') yield begun.join('')
}

async function lastWordsOf(stream: Readable): Promise<string> {
  let words = ''
  for await (const piece of stream.setEncoding('utf8')) words = (words + piece).slice(0, LAST_WORDS_CHARS_MAX)
  return words.trim()
}
