// npm run test:api: schemathesis sends requests that the description allows, and many that it does not, with and
// without keys, and checks every answer against the description with all of its checks. Exceptions are in
// exclusions.py and schemathesis.toml, with reasons. Exit 1 on any failure, and if too few requests were sent.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InfraFault } from '../../infra/fault.ts'
import { fetchPackages } from '../../infra/native/python.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { wholeNumber } from '../../lib/flags.ts'
import { DAY_MS } from '../../model/bucket.ts'
import { examine, type Result } from './schemathesis.ts'
import { WORLDS, type World } from './worlds.ts'

const REQUIREMENTS = fileURLToPath(new URL('../../infra/schemathesis/requirements.txt', import.meta.url))
const TOO_MANY_REQUESTS = '429'
const SEEDS = { least: 0, most: 2 ** 32 - 1 }
const EXAMPLES = { least: 0, most: 100_000 }
const CASES = { least: 0, most: 100_000_000 }

const { values } = commandLine({
  usage: 'npm run test:api -- [flags]',
  flags: {
    seed: wholeNumber('N', 'decides the requests (default: one of today, which is printed)', null, SEEDS),
    examples: wholeNumber(
      'N',
      'random requests for each operation, beside those that cover its description',
      250,
      EXAMPLES,
    ),
    cases: wholeNumber('N', 'fails where fewer were sent in all', 20_000, CASES),
  },
})
const { examples, cases: casesMin } = values
const seed = values.seed ?? Math.floor(Date.now() / DAY_MS)
const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => ending.abort(new Error(`stopped by ${signal}`)))
}
try {
  process.exitCode = (await isAsDescribed()) ? 0 : 1
} catch (error) {
  const isPlain = ending.signal.aborted || error instanceof InfraFault
  console.error(isPlain ? (error as Error).message : error)
  process.exitCode = 1
}

async function isAsDescribed(): Promise<boolean> {
  console.log(`seed ${seed}: ${examples} random requests for each operation, beside the planned ones`)
  const programs = join(readInfraSettings(process.env).programs, 'schemathesis')
  const python = await fetchPackages(REQUIREMENTS, programs)
  const ended = await Promise.allSettled(WORLDS.map((world) => inWorld(world, python)))
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return tell(ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
}

/** If one server cannot be tested at all, the others are not tested either. */
async function inWorld(world: World, python: string): Promise<Result> {
  try {
    return await examine(world, python, { seed, examples }, ending.signal)
  } catch (error) {
    ending.abort(error)
    throw error
  }
}

/** Whether all answers were as described. A failure is shown with the request that reproduces it. */
function tell(results: readonly Result[]): boolean {
  let cases = 0
  let failures = 0
  for (const { world, code, report, statuses, output } of results) {
    const sent = report?.test_cases.generated ?? 0
    const found = report === null ? 1 : report.test_cases.unique_failures + report.errors.length
    const isOdd = TOO_MANY_REQUESTS in statuses !== world.isLimited
    if (code !== 0 || found > 0) console.log(output)
    if (isOdd) console.log(`${world.name}, ${world.isLimited ? 'no answer was' : 'answers were'} 429.`)
    const counts = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`)
    console.log(`${world.name}: ${sent} cases, ${found} failures; answers: ${counts.join(', ')}`)
    cases += sent
    failures += Math.max(found, code === 0 && !isOdd ? 0 : 1)
  }
  console.log(`${cases} cases, ${failures} failures, seed ${seed}`)
  if (cases < casesMin) console.error(`These are fewer than ${casesMin}: raise --examples.`)
  return failures === 0 && cases >= casesMin
}
