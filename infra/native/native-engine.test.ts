import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { freePort } from '../../lib/free-port.ts'
import { until } from '../../testing/until.ts'
import { nodesOf } from '../nodes.ts'
import { type InfraSettings, readInfraSettings } from '../settings.ts'
import { NativeEngine } from './native-engine.ts'
import { stateOf } from './process-record.ts'
import { lastRecord } from './processes.ts'
import type { ServerProgram } from './program.ts'

const RUNS = 'setInterval(() => {}, 1000)'
const ONE_REDIS = nodesOf({ redis: 1 })

/** A server that runs, and whose probe says what `probe` says. */
function server(probe: () => Promise<void>): ServerProgram {
  return {
    install: async () => {},
    prepare: async () => {},
    command: async () => ({ program: process.execPath, args: ['-e', RUNS] }),
    probe,
  }
}

const SERVES = server(async () => {})
const NEVER_READY = server(async () => {
  throw new Error('not yet')
})

type Place = {
  readonly engine: (program: ServerProgram, others?: ServerProgram) => NativeEngine
  /** The state of what was started as a node, by the record that there is or was. */
  readonly started: (name: string) => Promise<{ state(): Promise<string | null> }>
}

async function inPlace(work: (place: Place) => Promise<void>, startTimeoutMs = 600_000): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-engine-'))
  const ports = { ...readInfraSettings({}).ports, redis: await freePort(), toxiproxy: await freePort() }
  const programs = join(directory, 'programs')
  const settings: InfraSettings = { ...readInfraSettings({}), directory, programs, ports, startTimeoutMs }
  const engine = (redis: ServerProgram, others = redis) =>
    new NativeEngine(settings, (kind) => (kind === 'redis' ? redis : others))
  const started = async (name: string) => {
    const folder = join(directory, 'run', name)
    await until(`${name} runs`, async () => (await lastRecord(folder)) !== null)
    const record = (await lastRecord(folder))!
    return { state: () => stateOf(record) }
  }
  try {
    await work({ engine, started })
  } finally {
    await engine(SERVES).down(['redis', 'toxiproxy'], true)
    await rm(directory, { recursive: true, force: true })
  }
}

suite('a start that is broken off', () => {
  test('by a signal stops what it has started, and fails with the reason', () =>
    inPlace(async ({ engine, started }) => {
      const interrupted = new AbortController()
      const servers = engine(NEVER_READY)
      const up = servers.up(ONE_REDIS, interrupted.signal)
      const redis = await started('redis-1')
      interrupted.abort(new Error('stopped by SIGINT'))
      await assert.rejects(up, /stopped by SIGINT/)
      assert.equal(await redis.state(), null)
      assert.deepEqual(await servers.status(), [])
    }))

  test('by an error stops what it has started', () =>
    inPlace(async ({ engine, started }) => {
      let redis: Awaited<ReturnType<typeof started>> | null = null
      /** Begins when the other one runs: else there may be nothing to stop. */
      const second: ServerProgram = {
        ...NEVER_READY,
        async command(placement) {
          redis = await started('redis-1')
          return NEVER_READY.command(placement)
        },
      }
      const servers = engine(SERVES, second)
      const up = servers.up(nodesOf({ redis: 1, toxiproxy: 1 }))
      await assert.rejects(up, { code: 'did_not_start' })
      assert.equal(await redis!.state(), null)
      assert.deepEqual(await servers.status(), [])
    }, 1))

  test('leaves what ran before', () =>
    inPlace(async ({ engine, started }) => {
      await engine(SERVES).up(ONE_REDIS)
      const redis = await started('redis-1')
      await assert.rejects(
        engine(NEVER_READY).up(ONE_REDIS, AbortSignal.abort(new Error('stopped'))),
        /stopped/,
      )
      assert.notEqual(await redis.state(), null)
    }))

  test('before anything runs starts nothing', () =>
    inPlace(async ({ engine }) => {
      const downloads = { ...SERVES, install: () => new Promise<void>(() => {}) }
      const interrupted = new AbortController()
      const servers = engine(downloads)
      const up = servers.up(ONE_REDIS, interrupted.signal)
      interrupted.abort(new Error('stopped'))
      await assert.rejects(up, /stopped/)
      assert.deepEqual(await servers.status(), [])
    }))
})
