// npm run test:fuzz: good, broken and hostile requests, over HTTP and as raw bytes, at a product that runs beside it.
// Fails on any status of 5xx but 503 (501 and 505 where HTTP itself demands them), where a good event is refused or a
// bad one taken, and where the counts at the end are not those of the events that were taken. One number decides all.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../../lib/command-line.ts'
import { wholeNumber } from '../../lib/flags.ts'
import { Random } from '../../simulator/random.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { Findings } from './findings.ts'
import { goodRequest } from './good-request.ts'
import { rawCase } from './raw-request.ts'
import { Sender } from './send.ts'
import { wildRequest } from './wild-request.ts'

const WATCH = fileURLToPath(new URL('./watch-stalls.ts', import.meta.url))
const WORKERS = 24
const WARM_UP_CASES = 500
const CASES_APART = 2 ** 32
const COUNTED_TIMEOUT_MS = 120_000
const SHARE = { good: 0.35, wild: 0.5 }

const { values } = commandLine({
  usage: 'npm run test:fuzz -- [flags]',
  flags: {
    cases: wholeNumber('N', 'how many', 10_000, { least: 1, most: 100_000_000 }),
    seed: wholeNumber('N', 'decides all of them', 1, { least: 0, most: 2 ** 20 }),
    'block-ms-max': wholeNumber(
      'MS',
      'fails where the event loop was blocked for longer (default: tells only)',
      null,
      {
        least: 1,
        most: 60_000,
      },
    ),
    from: wholeNumber('N', 'the first case, to see one again', 0, { least: 0, most: 100_000_000 }),
  },
})
const { cases, seed, from } = values
console.log(`seed ${seed}: ${cases} cases from ${from} on`)
await using directory = await temporaryDirectory()
const stallFile = join(directory.path, 'stall')
await using server = new StandaloneChild({
  ...{ DATA_DIR: join(directory.path, 'data'), PROBE_INTERVAL_S: '0', LOG_LEVEL: 'error' },
  ...{ STALL_FILE: stallFile, NODE_OPTIONS: `--import ${WATCH}`, QUERY_COST_PER_SECOND_MAX: '0' },
})
const url = await server.url()
const sender = new Sender(url, WORKERS)
const findings = new Findings(sender)
const startMs = performance.now()
let next = from
await Promise.all(Array.from({ length: WORKERS }, work))
const tookS = (performance.now() - startMs) / 1_000
const faults = [...findings.faults, ...(await countFaults())]
sender.close()
const stall = await readFile(stallFile, 'utf8').catch(() => '0')
const blockMsMax = values['block-ms-max']
if (blockMsMax !== null && Number(stall) > blockMsMax)
  faults.push(`the event loop was blocked for ${stall} ms`)
for (const fault of faults.slice(0, 50)) console.log(fault)
console.log(`answers: ${findings.statuses()}`)
console.log(
  `${cases} cases in ${tookS.toFixed(1)} s, ${findings.accepted} events taken, ${findings.unanswered} requests ` +
    `unanswered or told to wait, longest block ${stall} ms of CPU; ${faults.length} failures, seed ${seed}`,
)
process.exitCode = faults.length === 0 ? 0 : 1

async function work(): Promise<void> {
  while (next < from + cases) {
    const number = next++
    if (number === from + WARM_UP_CASES) server.kill('SIGUSR2') // a new process compiles its code: that is no block
    const random = new Random(seed * CASES_APART + number)
    const kind = random.next()
    const nowMs = Date.now()
    if (kind < SHARE.good) await findings.good(number, goodRequest(random, number, nowMs), random.chance(0.1))
    else if (kind < SHARE.good + SHARE.wild) await findings.wild(number, wildRequest(random, number, nowMs))
    else await findings.raw(number, rawCase(random, number, nowMs))
  }
}

/** What is wrong with the counts as soon as nothing more can be expected to change. */
async function countFaults(): Promise<string[]> {
  const untilMs = performance.now() + COUNTED_TIMEOUT_MS
  for (;;) {
    const wrong = await findings
      .countFaults(url)
      .catch((error: Error) => [`the server does not answer: ${error.message}`])
    if (wrong.length === 0 || performance.now() > untilMs) return wrong
    await setTimeout(500)
  }
}
