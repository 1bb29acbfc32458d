// The faults of one process on embedded storage: each in a world of its own.
import { renameSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../lib/system-clock.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import { parseOptions } from '../../tools/keys/keys-options.ts'
import { run } from '../../tools/keys/run-keys.ts'
import type { EmbeddedOptions, EmbeddedWorld } from './embedded-world.ts'
import type { Fault } from './fault.ts'
import { appendForeign } from './foreign-records.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

export type EmbeddedFault = Fault<EmbeddedWorld> & { readonly world: EmbeddedOptions }

const LONG_HORIZON = { HORIZON_MS: String(3 * HOUR_MS) }
const HORIZON = { HORIZON_MS: String(10 * MINUTE_MS) }
/** More than the minutes of an hour that wait until it is closed. */
const CLOSED_MS = 20 * MINUTE_MS
const TWO_MINUTES_MS = 2 * MINUTE_MS
const PROBE = { PROBE_INTERVAL_S: '60' }
const PROBED_MS_MAX = 200_000
const ADMIN_KEY = 'alarms-admin-key-0123456789'
const PROBE_KEY = 'alarms-probe-key-0123456789'

/** The longest window of a promise that has to be clean is six hours, divided by as little as 60. */
const PROMISES_MS_MAX = { firesMsMax: 300_000, clearsMsMax: 900_000 }

const killed: EmbeddedFault = {
  name: 'the only process is killed',
  alerts: ['TallyServiceDown', 'TallyProcessDown', 'TallyCountsUnknown'],
  world: {},
  cause: (world) => world.kill(),
  mended: 'started again',
  mend: (world) => world.start(),
}

const restarts: EmbeddedFault = {
  name: 'it is killed three times',
  alerts: ['TallyProcessRestarts'],
  world: {},
  async cause(world) {
    for (let time = 0; time < 3; time++) {
      const before = await startTimes(world)
      await world.kill()
      await world.start()
      await world.until('Prometheus has seen it', async () => {
        const [now] = await startTimes(world)
        return now !== undefined && now !== before[0]
      })
    }
  },
  mended: 'left running',
  mend: async () => {},
}

function startTimes({ prometheus }: EmbeddedWorld): Promise<readonly number[]> {
  return prometheus.values('process_start_time_seconds')
}

const starved: EmbeddedFault = {
  name: 'it gets 4 % of a CPU',
  alerts: ['TallyProcessStalls', 'TallyDoorSheds'],
  world: { scrapeSlowness: 5 },
  // Requests are refused where three turns in a row are long. Turns are measured no more often than ten times a second,
  // so only where it runs for much less at a time none is short.
  cause: async (world) => world.throttle(1_300, 50),
  mended: 'given the CPU back',
  mend: async (world) => world.endThrottle(),
  firesMsMax: 300_000,
}

const slowDisk: EmbeddedFault = {
  name: 'its disk stands still for a third of a second twice a second',
  alerts: ['TallyEventsBurnFast', 'TallyEventsBurnSlow', 'TallyAnswersBurnFast', 'TallyAnswersBurnSlow'],
  world: { ownDisk: 'hanging', scrapeSlowness: 0.5 },
  cause: async (world) => world.hangingDisk!.hang(350, 150),
  mended: 'the disk works as before, nothing restarted',
  mend: (world) => world.hangingDisk!.endHang(),
  ...PROMISES_MS_MAX,
}

const seldomWritten: EmbeddedFault = {
  name: 'counts are written every 10 s',
  alerts: ['TallyFreshnessBurnFast', 'TallyFreshnessBurnSlow'],
  world: { scrapeSlowness: 0.5 },
  cause: (world) => world.restart({ FLUSH_INTERVAL_MS: '10000' }),
  mended: '`FLUSH_INTERVAL_MS` as before, restarted',
  mend: (world) => world.restart({ FLUSH_INTERVAL_MS: '1000' }),
  ...PROMISES_MS_MAX,
}

const fullDisk: EmbeddedFault = {
  name: 'the disk of `DATA_DIR` is full',
  alerts: ['TallyDiskFull', 'TallyDiskFilling', 'TallyDoorErrors'],
  world: { ownDisk: 'small' },
  cause: (world) => world.disk!.fill(),
  mended: 'room made, nothing restarted',
  mend: (world) => world.disk!.free(),
}

const keysFile: EmbeddedFault = {
  name: 'the keys file is damaged',
  alerts: ['TallyKeysFileFaulty'],
  world: {},
  prepare: makeKey,
  async cause(world) {
    const path = join(world.directory, 'keys.json')
    await rename(path, `${path}.good`)
    await world.write('keys.json', '{ "keys": [')
  },
  mended: 'the file restored',
  async mend(world) {
    const path = join(world.directory, 'keys.json')
    await rename(`${path}.good`, path)
  },
}

const newerFormat: EmbeddedFault = {
  name: 'something else writes an event of an unknown schema into the log',
  alerts: ['TallySourceHalted', 'TallyCountsBehind'],
  world: {},
  cause: (world) => world.restart({}, () => appendForeign(world.directory, 'of a later release')),
  mended: '`UNKNOWN_SCHEMAS=dead-letter`, restarted',
  mend: (world) => world.restart({ UNKNOWN_SCHEMAS: 'dead-letter' }),
}

const deadLetter: EmbeddedFault = {
  name: 'something else writes an unreadable record into the log',
  alerts: ['TallyDeadLetters'],
  world: {},
  cause: (world) => world.restart({}, () => appendForeign(world.directory, 'unreadable')),
  mended: '`npm run dead-letters -- discard`',
  async mend(world) {
    const { letters } = await world.ask<{ letters: { id: string }[] }>('/v1/admin/dead-letters')
    for (const { id } of letters) {
      const path = `/v1/admin/dead-letters/${encodeURIComponent(id)}/discard`
      await world.ask(path, { reason: 'not of ours' })
    }
  },
}

const clockSetBack: EmbeddedFault = {
  name: 'the clock is set back by two minutes',
  alerts: ['TallyClockBehind'],
  world: { clockAheadMs: TWO_MINUTES_MS },
  cause: (world) => world.clock!.set(0),
  mended: 'the clock set right',
  mend: (world) => world.clock!.set(TWO_MINUTES_MS),
}

const archiveGone: EmbeddedFault = {
  name: 'the directory of the archive is gone, for five hours',
  alerts: ['TallyArchiveBehind', 'TallyRecountBehind'],
  world: { clockAheadMs: 0 },
  prepare: (world) =>
    world.until('hours are recounted', async () => {
      const { latest } = await world.ask<{ latest: unknown }>('/v1/admin/recount')
      return latest !== null
    }),
  async cause(world) {
    const path = join(world.directory, 'archive')
    renameSync(path, `${path}.away`)
    writeFileSync(path, '') // at once, before the process makes a new one
    await world.clock!.set(5 * HOUR_MS)
  },
  mended: 'the directory brought back',
  async mend(world) {
    const path = join(world.directory, 'archive')
    await rm(path)
    await rename(`${path}.away`, path)
  },
  firesMsMax: 300_000,
}

const seldomRecounted: EmbeddedFault = {
  name: '`RECONCILE_INTERVAL_MS` is a day',
  alerts: ['TallyRecountStops'],
  world: {},
  cause: (world) => world.restart({ RECONCILE_INTERVAL_MS: String(DAY_MS) }),
  mended: '`RECONCILE_INTERVAL_MS` as before, restarted',
  mend: (world) => world.restart({ RECONCILE_INTERVAL_MS: '2000' }),
  firesMsMax: 240_000,
}

const horizonChanged: EmbeddedFault = {
  name: 'events are counted with one `HORIZON_MS` and recounted with another',
  alerts: ['TallyAuditUnexplained'],
  world: { environment: LONG_HORIZON },
  async cause(world) {
    const time = new Date(Math.floor((Date.now() - CLOSED_MS) / HOUR_MS) * HOUR_MS - MINUTE_MS).toISOString()
    const events = [1, 2, 3].map((i) => ({ id: `h${i}`, videoId: 'horizon', type: 'view', time }))
    await world.ask('/v1/events', events)
    await world.until('they are counted', async () => {
      const path = '/v1/videos/horizon/stats?eventType=view&function=count'
      return (await world.ask<{ value: number }>(path)).value === events.length
    })
    await world.restart(HORIZON)
  },
  mended: '`HORIZON_MS` as before; the recount has corrected the counts',
  mend: (world) => world.restart(LONG_HORIZON),
  clearsMsMax: 600_000, // it is told for an hour
}

/** That of a tenant. */
export const receiver = new WebhookReceiver()

const webhookRefused: EmbeddedFault = {
  name: 'the receiver of a webhook refuses it, for two hours',
  alerts: ['TallyWebhooksWait'],
  world: { clockAheadMs: 0, environment: { WEBHOOK_HOSTS: '127.0.0.1', ALERTS_INTERVAL_MS: '1000' } },
  async cause(world) {
    const alert = { id: 'refused', videoId: 'v0', eventType: 'view', kind: 'passes', thresholds: [1] }
    await world.ask('/v1/alerts', { ...alert, url: await receiver.listen() }, 'PUT')
    await world.until('it waits', async () => {
      const [waiting = 0] = await world.prometheus.values('max(tally_webhooks_waiting)')
      return waiting > 0
    })
    await world.clock!.set(2 * HOUR_MS)
  },
  mended: 'the receiver takes it',
  mend: async () => receiver.take(),
}

const probeRefused: EmbeddedFault = {
  name: 'the key of the probe is not good any more',
  alerts: ['TallyProbeFails'],
  world: {
    environment: { ...PROBE, API_KEYS: `${PROBE_KEY}=acme`, ADMIN_KEYS: ADMIN_KEY, PROBE_KEY },
  },
  async prepare(world) {
    world.traffic.key = PROBE_KEY
  },
  cause: (world) => world.restart({ PROBE_KEY: `${PROBE_KEY}-old` }),
  mended: '`PROBE_KEY` corrected, restarted',
  mend: (world) => world.restart({ PROBE_KEY }),
  firesMsMax: PROBED_MS_MAX,
  clearsMsMax: PROBED_MS_MAX,
}

const probePauses: EmbeddedFault = {
  name: 'keys are turned on, and the probe has none',
  alerts: ['TallyProbeStops'],
  world: { environment: PROBE },
  // Twice: of the first one Prometheus sees no increase.
  prepare: (world) => world.until('it has probed', () => hasProbed(world, 2), PROBED_MS_MAX),
  cause: makeKey,
  mended: '`PROBE_KEY` given, restarted',
  async mend(world) {
    await world.restart({ PROBE_KEY: world.traffic.key! })
    await world.until('it has probed', () => hasProbed(world, 1), PROBED_MS_MAX)
  },
  firesMsMax: 2 * PROBED_MS_MAX,
}

async function hasProbed({ prometheus }: EmbeddedWorld, times: number): Promise<boolean> {
  const [probes = 0] = await prometheus.values('sum(tally_weak_audits_total)')
  return probes >= times
}

/** From now on keys are on. */
async function makeKey(world: EmbeddedWorld): Promise<void> {
  const printed: string[] = []
  const options = parseOptions(['create', '--role', 'admin', '--tenant', 'acme'], Date.now())
  const output = { print: (line: string) => void printed.push(line), say() {} }
  await run(join(world.directory, 'keys.json'), options, systemClock, output)
  world.traffic.key = printed[0]!
}

/** The longest first: several run at once. */
export const EMBEDDED_FAULTS: readonly EmbeddedFault[] = [
  ...[
    probeRefused,
    probePauses,
    slowDisk,
    seldomWritten,
    archiveGone,
    starved,
    seldomRecounted,
    webhookRefused,
    newerFormat,
  ],
  ...[horizonChanged, deadLetter, restarts, fullDisk, clockSetBack, keysFile, killed],
]
