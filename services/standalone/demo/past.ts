// The two months before the demo's last day. They are imported as operators import history, the newest first, while
// somebody looks already.
import { randomBytes, randomUUID } from 'node:crypto'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../model/bucket.ts'
import { areTaken, isTaken, recounted, type Target } from './target.ts'
import { eventsBetween, type Scene } from './traffic.ts'

export const PAST_DAYS = 60
/** An hour is never cut: once it is counted and its raw events are purged, no more of it would be taken. */
const LOT_HOURS = 6
/**
 * So many are counted before the next ones are imported: ten days. A recount begins with the oldest hours, and people
 * look at the newest.
 */
const LOTS_COUNTED = (10 * 24) / LOT_HOURS

type Lot = { readonly fromMs: number; readonly toMs: number }

/** From `toMs` back: each ends where the one before begins, at a full hour. */
export function lotsBefore(toMs: number, startMs: number): readonly Lot[] {
  const lots: Lot[] = []
  for (let end = toMs; end > startMs - PAST_DAYS * DAY_MS; end = lots.at(-1)!.fromMs) {
    lots.push({ fromMs: Math.ceil(end / HOUR_MS) * HOUR_MS - LOT_HOURS * HOUR_MS, toMs: end })
  }
  return lots
}

/** Returns how many events were taken: none, where the server wants an admin key that the demo does not have. */
export async function importPast(target: Target, toMs: number, scene: Scene): Promise<number> {
  const path = `/v1/admin/imports/${randomBytes(16).toString('hex')}`
  const ofTenant = target.tenant === '' ? '' : `&tenant=${encodeURIComponent(target.tenant)}`
  let sent = 0
  for (const [at, lot] of lotsBefore(toMs, scene.startMs).entries()) {
    const rows = rowsOf(lot, scene)
    if (!(await areTaken(target, { method: 'POST', path: `${path}/rows?from=${sent}${ofTenant}` }, rows)))
      return sent
    sent += rows.length
    if ((at + 1) % LOTS_COUNTED === 0) await recounted(target)
  }
  await isTaken(target, { method: 'POST', path: `${path}/end` }, {})
  await recounted(target)
  return sent
}

export function rowsOf({ fromMs, toMs }: Lot, scene: Scene): readonly object[] {
  const rows: object[] = []
  for (let from = fromMs; from < toMs; from += MINUTE_MS) {
    const events = eventsBetween(from, Math.min(from + MINUTE_MS, toMs), scene)
    rows.push(...events.map((event) => ({ id: randomUUID(), ...event })))
  }
  return rows
}
