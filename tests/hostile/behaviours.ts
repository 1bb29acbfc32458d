// What a hostile server, or what stands between, may do with one request. Each returns what the client gets to see, and
// stores events only through `store`, which is the truth that the client's claims are held against.
import type { Random } from '../../simulator/random.ts'

export type SentEvent = { readonly id: string; readonly type: string; readonly time: number }

export type Reply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body: string
    }
  /** The answer begins, and its connection breaks in the body. */
  | { readonly kind: 'cut'; readonly status: number; readonly body: string }
  /** An answer without end. */
  | { readonly kind: 'endless' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }

type Visit = {
  readonly events: readonly SentEvent[]
  readonly random: Random
  readonly epochMs: number
  /** Stores the valid ones, and returns the honest receipt. */
  store(): { accepted: number; late: number; rejected: { index: number; code: string; detail: string }[] }
}

export type Behaviour = (visit: Visit) => Reply

const json = (status: number, body: unknown, headers?: Record<string, string>): Reply => ({
  kind: 'answer',
  status,
  body: JSON.stringify(body),
  ...(headers && { headers }),
})

const problem = (status: number, headers?: Record<string, string>): Reply =>
  json(status, { type: 'about:blank', title: `status ${status}` }, headers)

export const honest: Behaviour = ({ store }) => {
  const receipt = store()
  return json(receipt.accepted === 0 ? 422 : 202, receipt)
}

export const resets: Behaviour = ({ store, random }) => {
  if (random.chance(0.5)) store()
  return { kind: 'reset' }
}

export const hangs: Behaviour = ({ store, random }) => {
  if (random.chance(0.5)) store()
  return { kind: 'hang' }
}

export const isBusy: Behaviour = ({ random }) => problem(random.pick([500, 502, 503, 503, 425]))

export const throttles: Behaviour = ({ random, epochMs }) => {
  const seconds = random.pick([1, 2, 7, 30, 5_000])
  const date = new Date(epochMs + seconds * 1_000).toUTCString()
  return problem(random.pick([429, 503]), { 'retry-after': random.chance(0.5) ? String(seconds) : date })
}

/** Takes no more than `most` events at once. */
export const takesFew =
  (most: number): Behaviour =>
  (visit) =>
    visit.events.length > most ? problem(413) : honest(visit)

export const isPortal: Behaviour = ({ random }) => ({
  kind: 'answer',
  status: random.pick([200, 200, 202]),
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Welcome to the hotel</title>',
})

export const redirects: Behaviour = (visit) => {
  const { random } = visit
  if (random.chance(0.3)) visit.store()
  const location = random.pick(['https://login.test/', '/elsewhere', ''])
  return { kind: 'answer', status: random.pick([301, 302, 303]), headers: { location }, body: '' }
}

export const halfAnswers: Behaviour = (visit) => {
  const { body, status } = honest(visit) as Extract<Reply, { kind: 'answer' }>
  const half = body.slice(0, visit.random.int(0, body.length - 1))
  return visit.random.chance(0.5)
    ? { kind: 'cut', status, body: half }
    : { kind: 'answer', status, body: half }
}

export const isEndless: Behaviour = ({ store, random }) => {
  if (random.chance(0.5)) store()
  return { kind: 'endless' }
}

export const refusesForGood: Behaviour = ({ random }) =>
  problem(random.pick([400, 401, 403, 404, 415, 501, 505]))

/** Receipts that do not add up, with and without the events being stored. */
export const lies: Behaviour = ({ store, random, events }) => {
  const count = events.length
  if (random.chance(0.5)) store()
  const refused = (index: number) => ({ index, code: 'invalid_type', detail: '' })
  const receipt = random.pick<unknown>([
    { accepted: count - 1, late: 0, rejected: [] },
    { accepted: count + 1, late: 0, rejected: [] },
    { accepted: 1e9, late: 0, rejected: [] },
    {
      accepted: 0,
      late: 0,
      rejected: Array(count)
        .fill(refused(0))
        .slice(count === 1 ? 1 : 0),
    },
    { accepted: count, late: count + 1, rejected: [] },
    { accepted: count, late: -1, rejected: [] },
    { accepted: count - 0.5, late: 0, rejected: [] },
    { accepted: count - 1, late: 0, rejected: [refused(count)] },
    { accepted: count - 1, late: 0, rejected: [refused(-1)] },
    { accepted: String(count), late: 0, rejected: [] },
    { accepted: count, rejected: [] },
    { accepted: count, late: 0 },
    { status: 'ok' },
    [],
    null,
    count,
  ])
  return json(random.pick([202, 202, 200, 422]), receipt)
}
