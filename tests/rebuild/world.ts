// What the tests of lost clusters share: the cluster, what is waited for, and services that start later, with
// a clock two hours ahead, so that the hours of all events have closed.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, mainOf } from '../../infra/cluster/cluster.ts'
import { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { HOUR_MS } from '../../model/bucket.ts'
import { type Client, createClient } from '../../sdk/src/node/index.ts'
import { clockAhead } from '../../testing/clock-ahead.ts'
import { VIEWED } from './sender.ts'

export type World = {
  readonly cluster: Cluster
  readonly directory: string
  readonly events: number
  readonly seed: number
  readonly signal: AbortSignal
}

type Running = Pick<World, 'cluster' | 'signal'>

const AHEAD_MS = 2 * HOUR_MS
export const LATER = clockAhead(AHEAD_MS)
const RANGE_MS = 12 * HOUR_MS
const LOOK_MS = 200
const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const WAIT_MS_MAX = 300_000

/** Goes on for as long as a loss lasts. */
export function patientClient({ url }: Cluster): Client {
  return createClient({ url, retry: RETRY_FOR_EVER, timeoutMs: 30_000 })
}

/** All services again, two hours ahead. */
export async function startLater(
  { cluster }: World,
  stack: AsyncDisposableStack,
): Promise<ReadonlyMap<string, ServiceProcess>> {
  await Promise.all(cluster.services.map((service) => service.stop()))
  const later = cluster.services.map(({ spec }) => {
    const main = mainOf(spec.name.replace(/-\d+$/, ''))
    return new ServiceProcess({ ...spec, main, environment: { ...spec.environment, ...LATER } })
  })
  stack.defer(async () => {
    await Promise.all(later.map((service) => service.stop()))
  })
  await Promise.all(later.map((service) => service.start()))
  return new Map(later.map((service) => [service.spec.name, service]))
}

export function environmentOf({ cluster, directory }: World, more: Readonly<Record<string, string>> = {}) {
  const { environment } = cluster.service('reconciler-1').spec
  return { ...environment, ...more, DATA_DIR: join(directory, 'rebuild') }
}

/** Until all that was acknowledged by then is counted. */
export async function untilCounted({ cluster, signal }: Running, lastMs: number): Promise<void> {
  await until('all is counted', signal, async () => {
    const answer = await fetch(`${cluster.url}/v1/videos/video.1/summary`, { signal })
    if (!answer.ok) return false
    const { meta } = (await answer.json()) as { meta: { asOf: string | null } }
    return Date.parse(meta.asOf ?? '') > lastMs
  })
}

/** The same, and archived. */
export async function untilKept(
  { cluster, signal }: Running,
  lastMs: number,
  services: ReadonlyMap<string, ServiceProcess> = new Map(
    cluster.services.map((service) => [service.spec.name, service]),
  ),
): Promise<void> {
  await untilCounted({ cluster, signal }, lastMs)
  const reconcilers = services
    .values()
    .filter(({ spec }) => spec.name.startsWith('reconciler-'))
    .toArray()
  await until('all is archived', signal, async () => {
    const lags = (await Promise.all(reconcilers.map(archiveLags))).flat()
    return lags.length > 0 && lags.every((lag) => lag === '0')
  })
}

/** Late events are added by a recount. */
export async function untilRecounted({ cluster, signal }: World): Promise<void> {
  const { spec } = cluster.service('reconciler-1')
  const url = `http://127.0.0.1:${spec.port}/v1/admin/recount`
  const { run } = (await (await fetch(url, { method: 'POST', signal })).json()) as { run: number }
  await until('it is recounted', signal, async () => {
    const state = (await (await fetch(url, { signal })).json()) as { ended: number }
    return state.ended >= run
  })
}

export async function viewersOf({ url }: Cluster): Promise<number> {
  const toMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS
  const range = `startTime=${toMs - RANGE_MS}&endTime=${toMs}`
  const answer = await fetch(`${url}/v1/videos/${VIEWED.videoId}/uniques?${range}`)
  return ((await answer.json()) as { uniques: number }).uniques
}

async function archiveLags({ spec }: ServiceProcess): Promise<string[]> {
  const metrics = await (await fetch(`http://127.0.0.1:${spec.port}/metrics`)).text()
  return Array.from(metrics.matchAll(/^tally_archive_lag_records\{[^}]*\} (\S+)$/gm), ([, lag]) => lag!)
}

export async function incomplete(
  services: ReadonlyMap<string, ServiceProcess>,
  isTold: boolean,
): Promise<void> {
  assert.equal(await warns(services), isTold, 'what /health/ready of a query service tells of lost counts')
}

export async function warns(services: ReadonlyMap<string, ServiceProcess>): Promise<boolean> {
  const { spec } = services.get('query-1')!
  const answer = await fetch(`http://127.0.0.1:${spec.port}/health/ready`)
  const { warnings = [] } = (await answer.json()) as { warnings?: string[] }
  return warnings.some((warning) => /lost/.test(warning))
}

export async function until(what: string, signal: AbortSignal, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${WAIT_MS_MAX} ms in vain until ${what}`)
    await sleep(LOOK_MS, undefined, { signal })
  }
}

export function say(what: string): void {
  console.log(`${new Date().toISOString()} ${what}`)
}
