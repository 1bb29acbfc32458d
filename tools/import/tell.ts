// What the command says of a file and of the counts: no more than is known.
import { amountText } from '../../lib/amount-text.ts'
import { minuteOf } from '../../model/bucket.ts'
import { type Prepared, SHOWN_REASONS } from './prepare.ts'
import type { ImportState, Recount } from './server.ts'
import { readSpool } from './spool.ts'

export type Print = (line: string) => void

/** A file after its import. */
export type Imported = Pick<ImportState, 'stored' | 'rejected' | 'firstRejected'> & {
  readonly prepared: Prepared
}

/** Whether every row was taken. */
export function isWhole({ rejected, prepared }: Imported): boolean {
  return rejected === 0 && prepared.unreadable === 0
}

/** @param before whether it was imported before */
export function tellFile({ prepared, stored, rejected }: Imported, before: boolean, print: Print): void {
  const { file, unreadable } = prepared
  const faults = `${amountText(rejected, 'event')} refused, ${amountText(unreadable, 'row')} unreadable`
  if (stored === 0 && rejected === 0 && unreadable === 0) print(`${file}: holds no row`)
  else if (stored === 0) print(`${file}: no valid row: ${faults}`)
  else if (before)
    print(`${file}: was imported before (${amountText(stored, 'event')} stored, ${faults}): nothing changes`)
  else print(`${file}: ${amountText(stored, 'event')} stored, ${faults}`)
}

/** Why rows were not taken, with their lines: the first. */
export async function tellReasons(imported: Imported, print: Print): Promise<void> {
  const { prepared, rejected, firstRejected } = imported
  const lines = await linesOf(prepared, new Set(firstRejected.map(({ index }) => index)))
  const refused = firstRejected.map(({ index, detail }) => `line ${lines.get(index)}: ${detail}`)
  const shown = [...prepared.reasons, ...refused].slice(0, SHOWN_REASONS)
  for (const reason of shown) print(`  ${reason}`)
  const more = rejected + prepared.unreadable - shown.length
  if (more > 0) print(`  … and ${more} more`)
}

/** What is counted after a recount that went as far as `latest` says. */
export async function tellCounted(
  files: readonly Imported[],
  latest: Recount,
  seconds: number,
  print: Print,
): Promise<void> {
  const stored = files.reduce((sum, one) => sum + one.stored, 0)
  const closedTo = minuteOf(Date.parse(latest.closedTo))
  let open = 0
  let isExact = true
  for (const one of files) {
    const found = await openEvents(one.prepared, closedTo)
    open += Math.min(found, one.stored)
    if (found > 0 && one.rejected > 0) isExact = false // which of them were refused is not known
  }
  const counted = open === 0 ? `all ${stored}` : `${isExact ? '' : 'at least '}${stored - open} of ${stored}`
  const took = `${seconds.toFixed(1)} s`
  const [buckets, hours] = [amountText(latest.buckets, 'bucket'), amountText(latest.hours, 'hour')]
  const recount = `the recount of ${buckets} in ${hours} took ${took}`
  print(`counted: ${counted} ${stored === 1 ? 'event' : 'events'}, each id once; ${recount}`)
  if (open > 0) {
    const some = `${isExact ? '' : 'at most '}${amountText(open, 'event')} ${open === 1 ? 'is' : 'are'}`
    print(`  ${some} of minutes from ${latest.closedTo} on, not closed yet: a later recount counts them`)
  }
  if (latest.exceptHours > 0) {
    print(
      `  but for those of ${amountText(latest.exceptHours, 'hour')} that could not be recounted whole: see /v1/audit`,
    )
  }
}

async function openEvents({ spool, newestMs }: Prepared, closedTo: number): Promise<number> {
  if (newestMs === null || minuteOf(newestMs) < closedTo) return 0
  let open = 0
  for await (const events of readSpool(spool)) {
    for (const { text } of events) if (minuteOf(JSON.parse(text).time) >= closedTo) open++
  }
  return open
}

/** The lines of some events, by the numbers of these. */
async function linesOf({ spool }: Prepared, wanted: ReadonlySet<number>): Promise<Map<number, number>> {
  const lines = new Map<number, number>()
  if (wanted.size === 0) return lines
  let at = 0
  for await (const events of readSpool(spool)) {
    for (const { line } of events) {
      if (wanted.has(at)) lines.set(at, line)
      at++
    }
    if (lines.size === wanted.size) break
  }
  return lines
}
