// What people see who open an address in a browser that is not there: a page, where the server has one. Programs get
// the problem document, and so does everybody below `/v1/`, which is for programs.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemError } from './problem.ts'

/** Answers with a page. */
export type MissingPage = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** Of an address: the page has links to elsewhere from there. */
const PARTS_MAX = 12
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])
const pages = new WeakMap<FastifyInstance, MissingPage>()

export function showMissingBy(app: FastifyInstance, page: MissingPage): void {
  pages.set(app, page)
}

/** The page in place of the problem; null where there is to be none. */
export function missingPageFor(
  app: FastifyInstance,
  { method, url, headers }: FastifyRequest,
  { type }: ProblemError,
): MissingPage | null {
  const isShort = url.split('/', PARTS_MAX + 2).length <= PARTS_MAX + 1
  const isForPeople = type === 'not-found' && READING.has(method) && isShort && !url.startsWith('/v1/')
  return isForPeople && asksForHtml(headers.accept) ? (pages.get(app) ?? null) : null
}

/** Browsers name it; `*` alone is that of programs. */
function asksForHtml(accept = ''): boolean {
  return accept.split(',').some((range) => /^\s*text\/html\s*(;(?!.*\bq=0(\.0*)?\s*$)|$)/i.test(range))
}
