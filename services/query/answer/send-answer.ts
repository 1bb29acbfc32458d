// Sends an answer in the form that the client prefers: JSON, or a table as CSV or NDJSON.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CSV_MEDIA_TYPE, csvPieces } from '../../../lib/csv.ts'
import { NDJSON_MEDIA_TYPE, ndjsonPieces } from '../../../lib/ndjson.ts'
import type { Table } from '../../../lib/table.ts'
import { Turns } from '../../../lib/turns.ts'
import { csvForm, preferredForm } from './accept.ts'
import { jsonPieces } from './json-pieces.ts'

/** Every answer may differ a second later, and by tenant. */
export const CACHE_CONTROL = 'no-store'
export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8'
/** A few milliseconds of serialising. */
export const TURN_CHARS_MAX = 256 << 10

/** The text to send. */
export async function sendAnswer<T extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: T,
  table: (answer: T) => Table,
): Promise<string> {
  const { type, pieces } = formOf(request.headers.accept, answer, table)
  reply.header('cache-control', CACHE_CONTROL).header('vary', 'accept').type(type)
  return new Turns(TURN_CHARS_MAX).joined(pieces)
}

function formOf<T extends object>(accept: string | undefined, answer: T, table: (answer: T) => Table) {
  switch (preferredForm(accept)) {
    case 'json':
      return { type: JSON_MEDIA_TYPE, pieces: jsonPieces(answer) }
    case 'csv':
      return { type: CSV_MEDIA_TYPE, pieces: csvPieces(table(answer), csvForm(accept)) }
    case 'ndjson':
      return { type: NDJSON_MEDIA_TYPE, pieces: ndjsonPieces(table(answer)) }
  }
}
