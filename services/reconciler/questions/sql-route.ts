// POST /v1/admin/sql: one SELECT from the archived events of all tenants. See the API description for its contract.

import type { FastifyInstance } from 'fastify'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { needsKey } from '../../../lib/http/keys/needs-key.ts'
import { invalidRequest, objectOf, Parameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { asOfText, minuteText } from '../../../lib/time-text.ts'
import { Turns } from '../../../lib/turns.ts'
import { MINUTES_PER_DAY } from '../../../model/bucket.ts'
import type { InTime } from '../../../stores/archive/archive.ts'
import {
  SQL_MS_MAX,
  SqlFault,
  type SqlQuestion,
  type SqlReader,
  SqlUnavailable,
} from '../../../stores/archive/sql.ts'
import { jsonPieces } from '../../query/answer/json-pieces.ts'
import { CACHE_CONTROL, JSON_MEDIA_TYPE, TURN_CHARS_MAX } from '../../query/answer/send-answer.ts'
import { BREAKDOWN_COST, REQUEST_COST } from '../../query/question/question-cost.ts'
import { askedRange } from '../../query/question/range.ts'
import { ArchiveQuestions, type ArchiveQuestionsDeps } from './archive-questions.ts'

export type SqlRouteDeps = ArchiveQuestionsDeps & {
  readonly archive: SqlReader
  /** The window in which the stream counts events. */
  readonly inTime: InTime
  readonly keys: Keys
  readonly rate: QueryRate
}

export const SQL_LIMITS = {
  charsMax: 16_384,
  rowsDefault: 1_000,
  rowsMax: 10_000,
  minutesDefault: MINUTES_PER_DAY,
} as const

/** Counted or waiting, apart from all other questions. */
export const SQL_ASKED_AT_ONCE_MAX = 8

const { charsMax, rowsMax, rowsDefault } = SQL_LIMITS
const FIELDS = ['sql', 'startTime', 'endTime', 'limit']
const SQL_RULE = `one SELECT of at most ${charsMax} characters`
const LIMIT_RULE = `a whole number from 1 to ${rowsMax}`

export function registerSql(app: FastifyInstance, deps: SqlRouteDeps): void {
  const { archive, inTime, keys, rate, clock } = deps
  const questions = new ArchiveQuestions(deps, { askedAtOnceMax: SQL_ASKED_AT_ONCE_MAX, msMax: SQL_MS_MAX })
  // An answer may take longer than a stop waits.
  app.addHook('preClose', async () => questions.stop())
  app.post('/v1/admin/sql', { onRequest: needsKey(keys, 'admin') }, async (request, reply) => {
    rate.take(request, '', REQUEST_COST)
    const question = sqlQuestion(request.body, clock.nowMs())
    rate.take(request, '', BREAKDOWN_COST)
    request.log.info({ sql: question.sql }, 'asks in SQL')
    reply.header('cache-control', CACHE_CONTROL).type(JSON_MEDIA_TYPE)
    return questions.count(['sql', question], async ({ asOfMs }, signal) => {
      const answer = await archive.sql({ ...question, ...inTime }, signal).catch(refuse)
      const { from, to } = question
      const range = { startTime: minuteText(from), endTime: minuteText(to), asOf: asOfText(asOfMs) }
      return new Turns(TURN_CHARS_MAX).joined(jsonPieces({ ...range, ...answer }))
    })
  })
}

function sqlQuestion(body: unknown, nowMs: number): Omit<SqlQuestion, keyof InTime> {
  const fields = new Parameters<unknown>(objectOf(body), FIELDS, 'body')
  const sql = fields.required('sql', SQL_RULE, parseSql)
  const { from, to } = askedRange(fields, nowMs)
  const limit = fields.optional('limit', LIMIT_RULE, parseLimit) ?? rowsDefault
  fields.check()
  return { sql, from: from ?? Math.max(0, to - SQL_LIMITS.minutesDefault), to, rowsMax: limit }
}

function parseSql(given: unknown): string | null {
  return typeof given === 'string' && given.length > 0 && given.length <= charsMax ? given : null
}

function parseLimit(given: unknown): number | null {
  return Number.isInteger(given) && (given as number) >= 1 && (given as number) <= rowsMax
    ? (given as number)
    : null
}

/** Fails with ProblemError: `invalid-request` if the question is at fault, `store-unavailable` if it was not tried. */
function refuse(error: unknown): never {
  if (error instanceof SqlUnavailable)
    throw new ProblemError({ type: 'store-unavailable', detail: error.message, cause: error })
  if (!(error instanceof SqlFault)) throw error
  throw invalidRequest([{ parameter: 'sql', code: 'invalid_parameter', detail: error.message }])
}
