// What must hold when every client has its answer and every owner has stored what it read.
import type { Total } from '../model/total.ts'
import { BATCH_SOURCE } from '../stores/counts/counts.ts'
import { bothLayersAreExact } from './check-batch.ts'
import { aCrowdIsToldApart } from './check-names.ts'
import { nameWithSourcesFrom } from './reference.ts'
import { newcomersAgree } from './shared-layouts.ts'
import { storedTo } from './simulated-store.ts'
import { sameTotal, show, Violation } from './witness.ts'
import type { World } from './world.ts'

export async function checkEnd(world: World): Promise<void> {
  try {
    if (world.settings.crowd) aCrowdIsToldApart(world.schemas, world.scheduler.nowMs)
    everyTotalIsExact(world)
    everyEventIsAccountedFor(world)
    noEventIsCountedTwice(world)
    everySourceIsCheckpointed(world)
    if (world.settings.shared !== null) await newcomersAgree(world)
    if (world.settings.batch !== null) await bothLayersAreExact(world)
  } catch (violation) {
    world.fail(violation)
  }
}

/** For all pairs of replicas: equality with the reference for every (video, type, minute), and no other row. */
function everyTotalIsExact({ witness, replicas, strays }: World): void {
  const expectedRows = new Set<string>()
  for (const [sourceId, reference] of witness.sources) {
    for (const [bucket, totals] of reference.totals) {
      const key = `row|${sourceId}|${bucket}`
      const expected = Array.from(totals.values()).at(-1)
      expectedRows.add(key)
      for (const cell of replicas.views(key)) {
        const total = cell?.value as Total | undefined
        if (!sameTotal(total, expected))
          throw new Violation(`${key} is ${show(total)}, not ${show(expected)}`)
      }
    }
  }
  for (const key of replicas.keys()) {
    const isStream = key.startsWith('row|') && !key.startsWith(`row|${BATCH_SOURCE}|`)
    const isStray = strays.has(key.split('|').slice(2).join('|'))
    if (isStream && !isStray && !expectedRows.has(key)) throw new Violation(`${key} should not exist`)
  }
}

/** |acknowledged| ≤ counted and kept ≤ |sent|, name by name. */
function everyEventIsAccountedFor({ witness, outbox }: World): void {
  const references = Array.from(witness.sources.values())
  const called = (name: string) => nameWithSourcesFrom(witness.sourcesFromMs, name)
  const sent = new Set(Array.from(outbox.sent, called))
  for (const name of new Set(Array.from(outbox.acknowledged, called))) {
    const isCounted = references.some(({ counted }) => counted.has(name))
    if (!isCounted && !witness.lateLane.has(name)) throw new Violation(`${name} was acknowledged and is lost`)
  }
  for (const { counted } of references) {
    for (const name of counted) {
      if (!sent.has(name)) throw new Violation(`${name} was counted and never sent`)
    }
  }
}

/** All copies of an event reach one source (law 5). */
function noEventIsCountedTwice({ witness }: World): void {
  const countedBy = new Map<string, string>()
  for (const [sourceId, { counted }] of witness.sources) {
    for (const name of counted) {
      const other = countedBy.get(name)
      if (other !== undefined) throw new Violation(`${name} is counted by ${other} and by ${sourceId}`)
      countedBy.set(name, sourceId)
    }
  }
}

/**
 * Some quorum knows that everything is stored. Others may still return an older checkpoint: its writer may have died.
 */
function everySourceIsCheckpointed({ log, replicas }: World): void {
  for (const source of log.countedSources()) {
    const end = log.records(source).length - 1
    if (end < 0) continue
    const stored = storedTo(replicas, source.id)
    if (stored !== end) throw new Violation(`${source.id} is checkpointed at ${stored}, not at ${end}`)
  }
}
