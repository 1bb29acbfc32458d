// npm run load: exit code 0 if every count is exact and every threshold kept, 1 if not, 2 if the test could not be
// completed.
import { readFile, writeFile } from 'node:fs/promises'
import { Fault } from '../../lib/fault.ts'
import { interruption } from '../../lib/interruption.ts'
import { filesOf } from '../../load-tests/lib/report.ts'
import type { SummaryFile } from '../../load-tests/lib/summary.ts'
import { createClient, TallyError } from '../../sdk/src/node/index.ts'
import { verify } from './exact/verify.ts'
import { type Command, type Options, readCommand } from './load-options.ts'
import { runLoad } from './run-load.ts'
import { clusterTarget } from './targets/cluster.ts'
import { embeddedTarget } from './targets/embedded.ts'
import { givenTarget } from './targets/given.ts'
import type { Target } from './targets/target.ts'

const print = (line: string) => console.log(line)
const interrupted = interruption()
try {
  const command = readCommand()
  process.exitCode = (await (command.kind === 'verify' ? check(command) : run(command.options))) ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault || error instanceof TallyError ? error.message : error)
  process.exitCode = 2
}

async function run(options: Options): Promise<boolean> {
  const target = await open(options)
  print(`${options.name} against ${target.name}${options.url === null ? ` at ${target.url}` : ''}`)
  let isExact = false
  try {
    const outcome = await runLoad(target, options, interrupted, { print })
    isExact = outcome.isExact
    return outcome.isGood
  } finally {
    await target.stop(!isExact)
  }
}

function open({ url, metricsUrls, target }: Options): Promise<Target> {
  if (url !== null) return Promise.resolve(givenTarget(url, metricsUrls))
  return target === 'cluster' ? clusterTarget(print, interrupted) : embeddedTarget(print, interrupted)
}

/** The report is rewritten with the verdict. */
async function check({ summary, url, apiKey }: Extract<Command, { kind: 'verify' }>): Promise<boolean> {
  const file = JSON.parse(await readFile(summary, 'utf8')) as SummaryFile
  const client = createClient({ url: url ?? file.test.url, ...(apiKey !== null && { apiKey }) })
  const verdict = await verify(client, file, interrupted)
  const seen = {
    figures: [],
    charts: [],
    notes: [],
    faults: [],
    ...file.seen,
    target: url ?? file.test.url,
    verdict,
  }
  const out = summary.replace(/\.json$/, '')
  for (const [path, content] of Object.entries(filesOf(out, { ...file, seen }))) {
    if (path !== 'stdout') await writeFile(path, content)
  }
  for (const difference of verdict.differences) print(`DIFFERS  ${difference}`)
  print(verdict.text)
  return verdict.isExact
}
