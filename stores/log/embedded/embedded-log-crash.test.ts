// What was acknowledged is there after any death: kill -9 at a random moment, a torn end of the journal.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crashRecord, seededRandom } from '../../../testing/crash-record.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { LogError } from '../log.ts'
import { appendTexts, sourceAt, textsOf } from '../log-contract.ts'
import { type EmbeddedLog, openEmbeddedLog } from './embedded-log.ts'

const APPENDER = fileURLToPath(new URL('../../../testing/append-until-killed.ts', import.meta.url))
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
const ROUNDS = 5
const ALL = { bytesMax: 1 << 30, waitMs: 0 }

function open(directory: string): Promise<EmbeddedLog> {
  const retention = { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }
  return openEmbeddedLog({ directory, clock: new ManualClock(), partitions: 4, retention })
}

describe('The embedded log, killed', () => {
  it(`misses nothing acknowledged after kill -9, round after round (SEED=${SEED})`, async () => {
    await using directory = await temporaryDirectory()
    const random = seededRandom(SEED)
    const acknowledged: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await appendAndKill(directory.path, round, 1 + Math.floor(random() * 600))))
      const log = await open(directory.path)
      await checkHolds(log, acknowledged)
      await log.close()
    }
  })
})

/** Lines `partition offset name` that the process printed before it was killed, at least so many. */
async function appendAndKill(directory: string, round: number, count: number): Promise<string[]> {
  const args = [APPENDER, directory, String(SEED), String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  assert.deepEqual(await exit, [null, 'SIGKILL'])
  return lines
}

async function checkHolds(log: EmbeddedLog, acknowledged: readonly string[]): Promise<void> {
  const held = await Promise.all((await log.sources('events')).map((source) => log.read(source, 0, ALL)))
  for (const line of acknowledged) {
    const [partition, offset, name] = line.split(' ')
    const record = held[Number(partition)]!.records[Number(offset)]
    assert.ok(
      record !== undefined && crashRecord(name!).equals(record.bytes),
      `${line} is missing or differs`,
    )
  }
}

describe('The embedded log, with a torn journal', () => {
  it(`holds every record before the tear, and goes on (SEED=${SEED})`, async () => {
    await using directory = await temporaryDirectory()
    const whole = join(directory.path, 'whole')
    const written = await appendMeasured(whole)
    const random = seededRandom(SEED)
    const size = written.at(-1)!.journalBytes
    const tears = [0, 1, size - 1, size, ...Array.from({ length: 40 }, () => Math.floor(random() * size))]
    for (const tear of tears) {
      const torn = join(directory.path, 'torn')
      await cp(whole, torn, { recursive: true })
      await truncate(await journalOf(torn), tear)
      const log = await open(torn)
      for (const partition of [0, 1]) {
        const held = written.filter((one) => one.partition === partition && one.journalBytes <= tear)
        const texts = held.map(({ text }) => text)
        assert.deepEqual(await textsOf(log, 'events', partition), texts, `torn at ${tear} of ${size}`)
        assert.deepEqual(await appendTexts(log, 'events', partition, ['after']), [texts.length])
        const { endOffset } = await log.bounds(await sourceAt(log, 'events', partition))
        assert.equal(endOffset, texts.length + 1)
      }
      await log.close()
      await rm(torn, { recursive: true })
      await rm(`${torn}.mark`)
    }
  })

  it('is refused where the mark beside it knows of more than is left', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'log')
    const written = await appendMeasured(path)
    await truncate(await journalOf(path), written.at(-3)!.journalBytes)
    await assert.rejects(open(path), (error) => {
      assert.ok(error instanceof LogError && error.code === 'corrupt')
      assert.match(error.message, /The last 2 batches of the log in .* are lost.*remove .*log\.mark to go on/)
      return true
    })
    await rm(`${path}.mark`)
    const log = await open(path)
    assert.equal((await textsOf(log, 'events', 0)).length + (await textsOf(log, 'events', 1)).length, 58)
    await log.close()
  })
})

type Written = { partition: number; text: string; journalBytes: number }

/** Appends records, with the length of the journal once each was durable. */
async function appendMeasured(directory: string): Promise<Written[]> {
  const log = await open(directory)
  const journal = await journalOf(directory)
  const written: Written[] = []
  for (let i = 0; i < 60; i++) {
    const partition = i % 2
    const text = crashRecord(`torn ${i}`).toString('hex')
    await appendTexts(log, 'events', partition, [text])
    written.push({ partition, text, journalBytes: (await stat(journal)).size })
  }
  await log.close()
  return written
}

async function journalOf(directory: string): Promise<string> {
  const journals = (await readdir(directory)).filter((file) => file.endsWith('.log')).sort()
  return join(directory, journals.at(-1)!)
}
