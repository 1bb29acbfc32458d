// npm run bench -- top-week: a week of top lists, 10,000 new videos a minute, on a real Redis that has 256 MB and
// refuses writes when it is full. Shows what Redis takes, that no write of anybody is refused, and that no list is
// wrong about itself. Ends with an error where one of that is not so.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServers } from '../../infra/servers.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { MIB } from '../../lib/byte-units.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { freePort } from '../../lib/free-port.ts'
import { interruption, unlessAborted } from '../../lib/interruption.ts'
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { note } from '../notes.ts'
import { print, type Row } from '../report.ts'
import { Week } from './week.ts'
import { COMMAND, type Options, parseOptions } from './week-options.ts'
import { answerRow, faultsOf } from './week-tables.ts'

const REPORT_HOURS = 6

helpIfAsked(COMMAND)
const interrupted = interruption()
try {
  const options = parseOptions(process.argv.slice(2))
  const faults =
    options.redis === null ? await withRedis((url) => run(url, options)) : await run(options.redis, options)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  if (error instanceof UsageFault) console.error(`\n${helpText(COMMAND)}`)
  process.exit(1)
}

/** On a Redis of its own, as the cluster starts it. */
async function withRedis<T>(use: (url: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-top-week-'))
  const settings = readInfraSettings(process.env)
  const ports = { ...settings.ports, redis: await freePort() }
  const servers = await openServers({ directory, ports })
  try {
    const { redis } = await servers.up({ redis: 1 }, interrupted)
    return await unlessAborted(use(redis![0]!), interrupted)
  } finally {
    await servers.down(['redis'], { wipe: true })
    await rm(directory, { recursive: true, force: true })
  }
}

/** What must not be and is. */
async function run(redisUrl: string, options: Options): Promise<string[]> {
  const { minutes, videos, topsMib, redisMib, seed } = options
  const startedMs = performance.now()
  const cpuBefore = process.cpuUsage()
  const hours: Row[] = []
  const bytes = { topsBytesMax: topsMib * MIB, redisBytesMax: redisMib * MIB }
  const week = await Week.start({
    ...{ redisUrl, minutes, seed, newVideosAMinute: videos, ...bytes },
    async onHour(now) {
      if (now.minutes % (REPORT_HOURS * MINUTES_PER_HOUR) !== 0) return
      hours.push(await hourRow(now, (performance.now() - startedMs) / 1_000))
      console.error(
        Object.entries(hours.at(-1)!)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      )
    },
  })
  try {
    await week.run()
    const end = await week.state()
    print(`top-week: ${minutes} minutes, ${videos} new videos in each`, hours)
    print(
      'top-week: questions',
      Array.from(week.answers, ([kind, answers]) => answerRow(kind, answers)),
    )
    const cpu = process.cpuUsage(cpuBefore)
    const summary = {
      rows: week.rows,
      'Redis, peak MiB': rounded(end.redisPeakBytes / MIB),
      'Redis, most at the end of a minute': rounded(week.redisBytesMost / MIB),
      'of MiB': redisMib,
      'lists, peak MiB': rounded(week.listsBytesMost / MIB),
      'of lists MiB': topsMib,
      'refused writes': end.refusedWrites,
      'calls that Redis refused': end.refusedCalls,
      'calls without an answer in time': failedIn(week) - end.refusedCalls,
      'evicted keys': end.evictedKeys,
      'longest pass, s': rounded(week.longestPassSeconds),
      minutes: rounded((performance.now() - startedMs) / 60_000),
      'CPU-s': rounded((cpu.user + cpu.system) / 1e6),
      'CPU-s of Redis': rounded(end.redisCpuSeconds),
      'peak RSS, MiB': rounded(process.resourceUsage().maxRSS / 1_024),
    }
    print(
      'top-week',
      Object.entries(summary).map(([what, value]) => ({ what, value })),
    )
    note({ fields: { failures: Object.fromEntries(week.failures) } })
    return faultsOf(end, week.answers.values())
  } finally {
    await week.close()
  }
}

async function hourRow(week: Week, seconds: number): Promise<Row> {
  const { listsBytes, redisBytes, redisPeakBytes, refusedWrites } = await week.state()
  return {
    hour: week.minutes / MINUTES_PER_HOUR,
    'M rows': rounded(week.rows / 1e6),
    'lists, MiB': rounded(listsBytes / MIB),
    'Redis, MiB': rounded(redisBytes / MIB),
    'its peak': rounded(redisPeakBytes / MIB),
    'refused writes': refusedWrites,
    'failed calls': failedIn(week),
    'seconds so far': Math.round(seconds),
  }
}

function failedIn({ failures }: Week): number {
  return [...failures.values()].reduce((a, b) => a + b, 0)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
