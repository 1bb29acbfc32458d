import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { InfraFault } from '../fault.ts'
import { addressOf, clusterOf } from '../nodes.ts'
import { readInfraSettings } from '../settings.ts'
import { untilReady } from '../until-ready.ts'
import { stateOf } from './process-record.ts'
import {
  assertLives,
  killProcess,
  lastRecord,
  launch,
  livingProcess,
  logTail,
  signalGroup,
  stopProcess,
} from './processes.ts'
import type { Placement } from './program.ts'

const TIMEOUT_MS = 30_000
const settings = readInfraSettings({})
const WORKING = 'console.log("here"); setInterval(() => {}, 1000)'
const POLITE = `process.on("SIGTERM", () => { console.log("bye"); process.exit() }); ${WORKING}`
const STUBBORN = `process.on("SIGTERM", () => {}); ${WORKING}`

async function running(script: string, work: (placement: Placement) => Promise<void>) {
  const runDirectory = await mkdtemp(join(tmpdir(), 'tally-processes-'))
  const node = clusterOf('redis', 1)[0]!
  const address = addressOf(node, settings)
  const folders = { runDirectory, dataDirectory: runDirectory, programs: runDirectory }
  const placement = { node, address, cluster: [address], ...folders, settings }
  try {
    await launch({ program: process.execPath, args: ['-e', script] }, placement)
    const started = async () => assert.match(await logTail(runDirectory), /here/)
    await untilReady(node.name, TIMEOUT_MS, started, async () => {})
    await work(placement)
  } finally {
    await stopProcess(runDirectory, 0)
    await rm(runDirectory, { recursive: true })
  }
}

suite('the process of a node', () => {
  test('is found again by its record until it is stopped', () =>
    running(POLITE, async ({ runDirectory }) => {
      assert.notEqual(await livingProcess(runDirectory), null)
      await stopProcess(runDirectory, TIMEOUT_MS)
      assert.equal(await lastRecord(runDirectory), null)
    }))

  test('is stopped by force when it does not hear', () =>
    running(STUBBORN, async ({ runDirectory }) => {
      const record = (await livingProcess(runDirectory))!
      await stopProcess(runDirectory, 0)
      assert.equal(await stateOf(record), null)
    }))

  test('stops politely even while it is paused', () =>
    running(POLITE, async ({ runDirectory }) => {
      const record = (await livingProcess(runDirectory))!
      signalGroup(record, 'SIGSTOP')
      const paused = async () => assert.equal(await stateOf(record), 'T')
      await untilReady('pause', TIMEOUT_MS, paused, async () => {})
      await stopProcess(runDirectory, TIMEOUT_MS)
      assert.match(await logTail(runDirectory), /bye/)
    }))

  test('that was killed leaves its record, and says how it ended', () =>
    running(POLITE, async (placement) => {
      await killProcess((await livingProcess(placement.runDirectory))!)
      assert.notEqual(await lastRecord(placement.runDirectory), null)
      await assert.rejects(assertLives(placement), (error) => {
        return error instanceof InfraFault && error.code === 'did_not_start' && /here/.test(error.message)
      })
    }))
})
