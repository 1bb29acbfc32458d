// The client that is generated from the description: its types fit what the server answers, and refuse what it would.
import assert from 'node:assert/strict'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fetchNodePackages } from '../../infra/native/node-packages.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { root } from '../source-file.ts'
import { PROGRAMS } from './product.ts'

const FOLDER = join(root, 'examples/generated-client')
const TSC = join(root, 'node_modules/.bin/tsc')
/** In the program, what comes once there is a client. */
const AFTER_CLIENT = '\n// A video of its own'
const GENERATOR = 'node_modules/openapi-typescript/bin/cli.js'

const opened = new AsyncDisposableStack()
let url: string
/** As the folder of the example is after its `npm install`. */
let cwd: string
before(async () => {
  const packages = await fetchNodePackages(FOLDER, join(PROGRAMS, 'generated-client'))
  cwd = opened.use(await temporaryDirectory()).path
  for (const file of ['main.ts', 'package.json', 'tsconfig.json'])
    await cp(join(FOLDER, file), join(cwd, file))
  await symlink(join(packages, 'node_modules'), join(cwd, 'node_modules'))
  const data = opened.use(await temporaryDirectory()).path
  url = await opened.use(new StandaloneChild({ DATA_DIR: data, PROBE_INTERVAL_S: '0' })).url()
  await runProgram(process.execPath, [GENERATOR, `${url}/openapi.json`, '-o', 'tally.ts'], { cwd })
})
after(() => opened.disposeAsync())

test('the program compiles with the types of the description, and they say what the server does', async () => {
  await runProgram(TSC, [], { cwd })
  const printed = await runProgram(process.execPath, ['main.ts'], { cwd, environment: { TALLY_URL: url } })
  assert.deepEqual(printed.trim().split('\n'), [
    'accepted 3, rejected 0',
    'accepted 3, rejected 0',
    'stats: sum 50',
    'query: count 3, average 16.666666666666668',
    'top: 3',
    'breakdown: DE 2, FR 1',
    'error: 422 urn:tally:problem:no-event-accepted, invalid_type of event 0',
  ])
})

describe('what the server would refuse does not compile:', () => {
  const compile = async (call: string) => {
    const [beginning] = (await readFile(join(cwd, 'main.ts'), 'utf8')).split(AFTER_CLIENT)
    await writeFile(join(cwd, 'call.ts'), `${beginning}\n${call}\n`)
    return runProgram(TSC, [], { cwd })
  }
  const check = (name: string, call: string, fault: RegExp) =>
    test(name, () => assert.rejects(compile(call), fault))
  const stats = (query: string) =>
    `await tally.GET('/v1/videos/{videoId}/stats', { params: { path: { videoId: 'cats' }, query: ${query} } })`

  check('an unknown address', "await tally.GET('/v1/videos/{videoId}/views', {})", /TS2345/)
  check('an unknown function', stats("{ eventType: 'view', function: 'mean' }"), /"mean"' is not assignable/)
  check('a missing parameter', stats("{ function: 'count' }"), /'eventType' is missing/)
  check('an event without an id', "await tally.POST('/v1/events', { body: { type: 'view' } })", /TS2322/)
  check(
    'a field that answers do not have',
    `const { data } = await tally.GET('/v1/top', { params: { query: { eventType: 'view' } } })
console.log(data?.total)`,
    /'total' does not exist/,
  )

  test('while a right call does', async () => {
    await compile(stats("{ eventType: 'view', function: 'count' }"))
  })
})
