// Partitioners that share layouts through the meta topic, as in a cluster: each knows what it has read, and keeps
// events of minutes of which it knows no layout on its disk.

import type { SchemaSet } from '../schemas/schema-set.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { UnroutedEvents } from '../services/partitioner/unrouted-events.ts'
import type { LayoutChange } from '../stores/layouts/layout-changes.ts'
import { LayoutError, type Layouts } from '../stores/layouts/layouts.ts'
import { KafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import type { Log } from '../stores/log/log.ts'
import { COUNTED_LANES, LogError, type LogRecord, type Source } from '../stores/log/log.ts'
import { type Node, SimulatedFault } from './node.ts'
import type { Random } from './random.ts'
import { eventName, splitRecord } from './reference.ts'
import type { SharedSettings } from './settings.ts'
import type { SimulatedSpool } from './simulated-spool.ts'
import { Violation } from './witness.ts'
import type { World } from './world.ts'

/** Videos that are split: see traffic.ts. */
const VIDEOS = ['v1', 'v2']

/** What a partitioner knows of the layouts, and where it keeps what it cannot route. */
export class SharedDoor {
  readonly layouts: KafkaLayouts
  readonly unrouted: UnroutedEvents

  constructor(node: Node, world: World, shared: SharedSettings, disk: SimulatedSpool, log: Log) {
    const { meta, random, schemas, settings } = world
    const { refreshMs, removedMin } = shared
    this.layouts = new KafkaLayouts({
      client: meta.on(node),
      clock: node.clock,
      prefix: 'simulated',
      refreshMs,
      renewal: { retentionMs: 2 * settings.driver.horizonMs, removedMin },
      newProposalId: meta.newProposalId,
      onRefreshFailed: () => {},
    })
    this.unrouted = new UnroutedEvents({
      ...{ spool: disk.on(node), layouts: this.layouts, log, schemas },
      limits: { ...EVENT_LIMITS, recordEventsMax: random.pick([1, 100]) },
      clock: node.clock,
      random: random.next,
      onRetry: () => {},
    })
    this.unrouted.follow(new AbortController().signal).catch(world.fail)
  }

  /** Changes the layouts as an operator, the rates of videos, the settings or the governor would. */
  async change(random: Random, partitions: number, hasOverflow: boolean): Promise<void> {
    const { layouts } = this
    const newest = layouts.current().at(-1)
    if (newest === undefined) return
    const kind = random.int(0, 9)
    try {
      if (kind === 0) await layouts.propose({ partitions, splits: new Map(), dedicated: new Map() })
      else if (kind === 1 && hasOverflow) await layouts.proposeOverflow(random.chance(0.5))
      else
        await layouts.change(drawChange(random, newest.partitions), {
          version: newest.version,
          fromMinute: null,
        })
    } catch (error) {
      const isUsual =
        error instanceof LayoutError || error instanceof LogError || error instanceof SimulatedFault
      if (!isUsual) throw error
    }
  }
}

function drawChange(random: Random, partitions: number): LayoutChange {
  const video = random.pick(VIDEOS)
  switch (random.int(0, 4)) {
    case 0:
      return { act: 'merge', video }
    case 1:
      return { act: 'withdraw' }
    case 2:
      return { act: 'balance', automatic: new Map([[video, partitions]]) }
    default:
      return { act: 'split', video, parts: random.int(2, partitions) }
  }
}

/** All copies of an event that are in time must be in one source, however they got there (law 5). */
export class CopyWatch {
  readonly #places = new Map<string, string>()
  readonly #schemas: SchemaSet
  readonly #horizonMs: number
  readonly #fail: (violation: Violation) => void

  constructor(schemas: SchemaSet, horizonMs: number, fail: (violation: Violation) => void) {
    this.#schemas = schemas
    this.#horizonMs = horizonMs
    this.#fail = fail
  }

  onAppend({ lane, id }: Source, { bytes, logTimeMs }: LogRecord): void {
    if (!COUNTED_LANES.includes(lane)) return
    for (const body of splitRecord(bytes) ?? []) {
      const event = this.#schemas.decodeEvent(body)
      if (typeof event === 'string' || event.timeMs < logTimeMs - this.#horizonMs) continue
      const name = eventName(event)
      const place = this.#places.get(name) ?? id
      this.#places.set(name, place)
      if (place !== id) this.#fail(new Violation(`a copy of ${name} is in ${id}, and others in ${place}`))
    }
  }
}

/** Whoever reads the topic now, after removals and compaction, must find what those who read it all along know. */
export async function newcomersAgree(world: World): Promise<void> {
  const node = world.newNode('newcomer')
  const layouts = new KafkaLayouts({
    ...{ client: world.meta.on(node), clock: node.clock, prefix: 'simulated' },
    newProposalId: world.meta.newProposalId,
    onRefreshFailed: () => {},
  })
  const known = await world.answerOf(refreshed(layouts, node))
  for (const { node: other, door } of world.partitioners) {
    if (other.crashed || door === null) continue
    await world.answerOf(refreshed(door.layouts, other))
    const theirs = textOf(door.layouts).slice(-known.length)
    if (JSON.stringify(theirs) !== JSON.stringify(known))
      throw new Violation(`a newcomer knows the layouts ${known}, and ${other.name} ${theirs}`)
  }
  await world.answerOf(layouts.close())
}

async function refreshed(layouts: KafkaLayouts, node: Node): Promise<string[]> {
  for (;;) {
    try {
      await layouts.refresh()
      return textOf(layouts)
    } catch {
      await node.clock.sleep(100)
    }
  }
}

function textOf(layouts: Layouts): string[] {
  return layouts
    .current()
    .map(({ version, fromMinute, partitions, splits }) =>
      JSON.stringify([version, fromMinute, partitions, ...splits]),
    )
}
