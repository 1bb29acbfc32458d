// npm run test:cloudevents: sends events by the official CloudEvents SDKs for JavaScript and Python, in binary,
// structured and batched mode, to the product, and reads the counts back. Exit 1 if any event is refused or miscounted.
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fetchNodePackages } from '../../infra/native/node-packages.ts'
import { fetchPackages } from '../../infra/native/python.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { sendByJavaScript } from './send-by-javascript.ts'
import { EXPECTED, type Sent } from './sent.ts'

const PINS = fileURLToPath(new URL('../../infra/cloudevents', import.meta.url))
const SEND_BY_PYTHON = fileURLToPath(new URL('./send.py', import.meta.url))
const COUNTED_TIMEOUT_MS = 120_000

helpIfAsked({ usage: 'npm run test:cloudevents', flags: {} })
const programs = join(readInfraSettings(process.env).programs, 'cloudevents')
const packages = await fetchNodePackages(PINS, `${programs}-javascript`)
const python = await fetchPackages(join(PINS, 'requirements.txt'), `${programs}-python`)
await using directory = await temporaryDirectory()
await using server = new StandaloneChild({ DATA_DIR: directory.path, PROBE_INTERVAL_S: '0' })
const url = await server.url()
const time = new Date().toISOString()
const sent = [...(await sendByJavaScript(packages, url, time)), ...(await sendByPython())]
const forms = new Map(sent.map(({ form, videoId }) => [form, videoId]))
let failures = 0
for (const [form, videoId] of forms) {
  const fault = faultOf(sent.filter((one) => one.form === form)) ?? (await miscount(videoId))
  console.log(`${form.padEnd(30)} ${fault ?? 'counted exactly'}`)
  if (fault !== null) failures += 1
}
console.log(`${forms.size} forms, ${failures} failures`)
process.exitCode = failures === 0 ? 0 : 1

async function sendByPython(): Promise<readonly Sent[]> {
  const lines = await runProgram(python, [SEND_BY_PYTHON, url, time])
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Null if no event was rejected. */
function faultOf(requests: readonly Sent[]): string | null {
  const refused = requests.find(({ answer }) => {
    const { accepted, rejected } = JSON.parse(answer)
    return !(accepted > 0) || rejected.length > 0
  })
  return refused?.answer ?? null
}

/** Null as soon as the counts are as expected. */
async function miscount(videoId: string): Promise<string | null> {
  const client = createClient({ url })
  const untilMs = performance.now() + COUNTED_TIMEOUT_MS
  for (;;) {
    const [count, sum] = await Promise.all(
      (['count', 'sum'] as const).map((fn) => client.getStats(videoId, 'view', fn)),
    )
    if (count!.value === EXPECTED.count && sum!.value === EXPECTED.sum) return null
    if (performance.now() > untilMs) return `count ${count!.value}, sum ${sum!.value}`
    await setTimeout(100)
  }
}
