// npm run game-day: an operator's exercise. Five faults by seed, one after the other, each in a running system. It
// shows what an operator would see, alerts and addresses, and not what was done; it waits until the system is mended
// with the runbook at hand, and notes how long that took.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfraFault } from '../../infra/fault.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, wholeNumber } from '../../lib/flags.ts'
import { interruption } from '../../lib/interruption.ts'
import { Random } from '../../simulator/random.ts'
import { EMBEDDED_FAULTS, type EmbeddedFault, receiver } from './embedded-faults.ts'
import { EmbeddedWorld } from './embedded-world.ts'
import { type ActiveAlert, installPrometheus } from './prometheus.ts'
import { FACTOR } from './scaled-rules.ts'

const FAULTS = 5
const LOOK_MS = 500
/** An alert that is away for so long is mended. */
const QUIET_MS = 10_000
/** Without traffic that meets it a fault shows itself late. */
const SHOWS_MS_MAX = 420_000
const HELP = `stop, kill, start     the process
start NAME=VALUE…     with these settings from now on
disk                  has the disk of the process repaired
tenant                tells the tenants, who see to what is theirs
clock SECONDS         sets the clock of the process to that of the machine, plus so much
reveal                says what was done and how it is mended, and goes on with the next
quit`

const { values } = commandLine({
  usage: 'npm run game-day -- --seed N [--reveal]',
  flags: {
    seed: wholeNumber('N', 'decides the faults', 1, { least: 0 }),
    faults: wholeNumber('N', 'how many', FAULTS, { least: 1, most: EMBEDDED_FAULTS.length }),
    reveal: isOn('say at the end of each what was done'),
  },
})

/** What came of a fault. */
type Played = { readonly fault: EmbeddedFault; readonly outcome: 'mended' | 'revealed'; readonly ms: number }

const interrupted = interruption()
const commands = createInterface({ input: process.stdin })
const directory = await mkdtemp(join(tmpdir(), 'tally-game-day-'))
const played: Played[] = []
try {
  await installPrometheus()
  for (const [at, fault] of chosen(values.seed, values.faults).entries()) {
    console.log(`\n=== ${at + 1} of ${values.faults}`)
    const one = await play(fault, join(directory, String(at)))
    if (one === null) break
    played.push(one)
  }
  for (const { fault, outcome, ms } of played)
    console.log(`${outcome} after ${(ms / 60_000).toFixed(1)} min: ${fault.name} (${fault.mended})`)
} catch (error) {
  console.error(error instanceof InfraFault ? `game-day: ${error.message}` : error)
  process.exitCode = 1
} finally {
  commands.close()
  await rm(directory, { recursive: true, force: true })
}

function chosen(seed: number, count: number): EmbeddedFault[] {
  const random = new Random(seed)
  const left = [...EMBEDDED_FAULTS]
  return Array.from({ length: count }, () => left.splice(random.int(0, left.length - 1), 1)[0]!)
}

/** Null: the operator has had enough. */
async function play(fault: EmbeddedFault, place: string): Promise<Played | null> {
  const world = await EmbeddedWorld.start(place, fault.world, FACTOR, interrupted)
  try {
    tellAddresses(world)
    await fault.prepare?.(world)
    const key = world.traffic.key
    if (key !== null) console.log(`an admin key: ${key}`)
    const asked = operator(world, commands)
    await fault.cause(world)
    const startMs = performance.now()
    const outcome = await untilMended(world, fault, asked)
    asked.end()
    if (outcome === 'quit') return null
    if (values.reveal || outcome === 'revealed') console.log(`It was: ${fault.name}. ${fault.mended}`)
    return { fault, outcome, ms: performance.now() - startMs }
  } finally {
    await world.stop()
  }
}

function tellAddresses({ url, prometheus, directory: data, logFile }: EmbeddedWorld): void {
  console.log(`the system     ${url} (its page; /health/ready, /metrics, /v1/audit)`)
  console.log(`Prometheus     ${prometheus.url}`)
  console.log(`DATA_DIR       ${data}`)
  console.log(`log            ${logFile}`)
  console.log(`${HELP}\n`)
}

type Operator = { wish: 'revealed' | 'quit' | null; end(): void }

/** Does what the operator types. */
function operator(world: EmbeddedWorld, lines: Interface): Operator {
  const state: Operator = {
    wish: null,
    end: () => lines.off('line', onLine),
  }
  const onLine = (line: string) => {
    const [word = '', ...rest] = line.trim().split(/\s+/)
    act(world, state, word, rest).then(
      () => console.log(`done: ${line}`),
      (error) => console.log(`${line}: ${error instanceof Error ? error.message : error}`),
    )
  }
  lines.on('line', onLine)
  return state
}

async function act(
  world: EmbeddedWorld,
  state: Operator,
  word: string,
  rest: readonly string[],
): Promise<void> {
  switch (word) {
    case 'stop':
      return world.halt()
    case 'kill':
      return world.kill()
    case 'start': {
      const settings = rest.map((one) => [one.split('=')[0]!, one.slice(one.indexOf('=') + 1)] as const)
      return world.restart(Object.fromEntries(settings))
    }
    case 'disk':
      return world.hangingDisk?.endHang()
    case 'tenant':
      return receiver.take()
    case 'clock':
      return world.clock?.set(Number(rest[0]) * 1_000)
    case 'reveal':
      state.wish = 'revealed'
      return
    case 'quit':
      state.wish = 'quit'
      return
    default:
      throw new Error(HELP)
  }
}

/** Shows alerts as they come and go, until those of the fault have come and are gone for good. */
async function untilMended(
  { prometheus }: EmbeddedWorld,
  { alerts }: EmbeddedFault,
  asked: Operator,
): Promise<'mended' | 'revealed' | 'quit'> {
  let before = new Map<string, string>()
  let hasFired = false
  let quietFromMs = performance.now()
  const endMs = performance.now() + SHOWS_MS_MAX
  for (;;) {
    const firing = await prometheus.firing()
    show(before, firing)
    before = new Map(firing.map(({ name, summary }) => [name, summary]))
    const nowMs = performance.now()
    if (alerts.some((name) => before.has(name))) {
      hasFired = true
      quietFromMs = nowMs
    }
    if (interrupted.aborted) return 'quit'
    if (asked.wish !== null) return asked.wish
    if (hasFired && nowMs - quietFromMs > QUIET_MS) return 'mended'
    if (!hasFired && nowMs > endMs) {
      console.log('nothing was seen of it')
      return 'revealed'
    }
    await sleep(LOOK_MS)
  }
}

function show(before: ReadonlyMap<string, string>, firing: readonly ActiveAlert[]): void {
  const now = new Date().toISOString().slice(11, 19)
  const names = new Set(firing.map(({ name }) => name))
  for (const { name, summary } of firing)
    if (!before.has(name))
      console.log(`${now} FIRING   ${name}: ${summary} (docs/runbook.md#${name.toLowerCase()})`)
  for (const name of before.keys()) if (!names.has(name)) console.log(`${now} RESOLVED ${name}`)
}
