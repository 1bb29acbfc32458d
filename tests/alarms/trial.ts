// Causes a fault, sees its alerts fire, mends it, sees them clear.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Alarmed, Fault } from './fault.ts'
import type { Prometheus } from './prometheus.ts'
import type { Row } from './table.ts'

const LOOK_MS = 250
/** Longer than most windows and waits of the scaled rules. */
const REST_MS = 20_000
/** What fires no more for so long does not flap. */
const STEADY_MS = 3_000
const FIRES_MS_MAX = 240_000
const CLEARS_MS_MAX = 240_000
/** They depend on how busy the machine is: they may fire before their fault, but not for long. */
const OF_SPEED = /Burn|Stalls|DoorSheds/

export type Trial = {
  readonly rows: readonly Row[]
  /** What should not be. */
  readonly findings: readonly string[]
}

export async function tryFault<World extends Alarmed>(
  world: World,
  fault: Fault<World>,
  say: (line: string) => void,
): Promise<Trial> {
  const { prometheus } = world
  const findings = [...(await rest(prometheus))]
  await fault.prepare?.(world)
  const { clearsMsMax = CLEARS_MS_MAX } = fault
  await until(prometheus, (firing) => fault.alerts.every((name) => !firing.has(name)), clearsMsMax)
  for (const { name } of await prometheus.firing())
    if (fault.alerts.includes(name)) findings.push(`${name} fires before its fault: ${fault.name}`)
  say(`CAUSED: ${fault.name}`)
  const { at: fired, others } = await firstSeen(prometheus, fault, () => fault.cause(world))
  for (const name of fault.alerts) if (!fired.has(name)) findings.push(`${name} does not fire: ${fault.name}`)
  say(`MENDED: ${fault.mended}`)
  const cleared = await cleaned(prometheus, fault, fired, () => fault.mend(world))
  for (const name of fired.keys())
    if (!cleared.has(name)) findings.push(`${name} does not clear: ${fault.mended}`)
  const rows = fault.alerts.map((alert) => ({
    ...{ alert, fault: fault.name, mended: fault.mended },
    firesMs: fired.get(alert) ?? null,
    clearsMs: cleared.get(alert) ?? null,
    others: Array.from(others).sort(),
  }))
  return { rows, findings }
}

/** What fires although nothing is wrong, when what an earlier fault left is over. */
async function rest(prometheus: Prometheus): Promise<string[]> {
  const seen = new Map<string, string>()
  const isQuiet = (firing: ReadonlySet<string>) => Array.from(firing).every((name) => OF_SPEED.test(name))
  await until(prometheus, async () => (await prometheus.values('min(up)'))[0] === 1, FIRES_MS_MAX)
  await until(prometheus, isQuiet, CLEARS_MS_MAX)
  for (const endMs = Date.now() + REST_MS; Date.now() < endMs; await sleep(LOOK_MS)) {
    for (const { name, summary } of await prometheus.firing())
      if (!OF_SPEED.test(name)) seen.set(name, summary)
  }
  return Array.from(seen, ([name, summary]) => `${name} fires at rest: ${summary}`)
}

type Seen = { readonly at: ReadonlyMap<string, number>; readonly others: ReadonlySet<string> }

/** When each alert was first seen, in ms from the fault, and which others were. */
async function firstSeen<World>(
  prometheus: Prometheus,
  { alerts, firesMsMax = FIRES_MS_MAX }: Fault<World>,
  cause: () => Promise<void>,
): Promise<Seen> {
  const at = new Map<string, number>()
  const others = new Set<string>()
  const before = new Set((await prometheus.firing()).map(({ name }) => name))
  const startMs = performance.now()
  let hasFailed = false
  const causing = cause()
  causing.catch(() => {
    hasFailed = true
  })
  await until(
    prometheus,
    (firing) => {
      for (const name of firing) {
        if (!alerts.includes(name)) others.add(name)
        else if (!at.has(name)) at.set(name, performance.now() - startMs)
      }
      return hasFailed || alerts.every((name) => at.has(name))
    },
    firesMsMax,
  )
  await causing
  for (const name of before) others.delete(name)
  return { at, others }
}

/** When each alert was seen to fire no more, in ms from the beginning of the mending. */
async function cleaned<World>(
  prometheus: Prometheus,
  { clearsMsMax = CLEARS_MS_MAX }: Fault<World>,
  fired: ReadonlyMap<string, number>,
  mend: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const at = new Map<string, number>()
  const startMs = performance.now()
  await mend()
  await until(
    prometheus,
    (firing) => {
      for (const name of fired.keys()) {
        if (firing.has(name))
          at.delete(name) // it flaps
        else if (!at.has(name)) at.set(name, performance.now() - startMs)
      }
      const lastMs = startMs + Math.max(...at.values())
      return at.size === fired.size && performance.now() - lastMs > STEADY_MS
    },
    clearsMsMax,
  )
  return at
}

/** Looks again and again; resolves at the latest after `msMax`. */
async function until(
  prometheus: Prometheus,
  holds: (firing: ReadonlySet<string>) => boolean | Promise<boolean>,
  msMax: number,
): Promise<void> {
  for (const endMs = Date.now() + msMax; Date.now() < endMs; await sleep(LOOK_MS)) {
    if (await holds(new Set((await prometheus.firing()).map(({ name }) => name)))) return
  }
}
