// Commands in documents, beside those of curl: each is run here by a shell, against a server as `npm start` starts it,
// or it is named below with what runs the same, or with what this machine would need.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { codeBlocks } from '../testing/doc-samples.ts'
import { StandaloneChild } from '../testing/standalone-child.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { programOf } from './npm-scripts.ts'
import { RUN_DOCUMENTS } from './run-documents.ts'
import { documentPaths, root } from './source-file.ts'

type Command = { readonly place: string; readonly line: string }

/** Programs that are run here; those that ask a server find it at another port than the one in the documents. */
const RUN =
  /^(ssh .* \| )?npm run (ask|send|import|export|sql|keys|layouts|backup|restore|rebuild|capacity) -- /
const ASKS_SERVER = ['ask', 'send', 'import', 'export', 'sql', 'layouts', 'backup']
/** Run by docs.test.ts in the documents that it knows. */
const ASKS_BY_CURL = /^curl .*localhost:8080/
/** What runs the same: a file, and a text in it. */
const RUN_ELSEWHERE: readonly (readonly [command: RegExp, file: string, text: string])[] = [
  [/^npm start$|^DATA_DIR=\S+ npm start$/, 'testing/standalone-child.ts', 'services/standalone/main.ts'],
  [/^npm start -- --demo$/, 'tests/e2e/demo.e2e.ts', '--demo'],
  [/^npm test$/, '.ci/run', 'npm test'],
  [/^npm run check$/, '.ci/run', 'npm run check'],
  [
    /^npm run replay -- tools\/replay\/sample\.csv\.gz /,
    '.ci/run',
    'npm run replay -- tools/replay/sample.csv.gz',
  ],
  [/^npm run sim -- (routing|--seed)/, 'simulator/main.ts', 'routing'],
  [/^npm run sim /, '.ci/run', 'npm run sim -- --seeds'],
  [/^npm run load -- (smoke|load|stress|spike|soak)\b/, '.ci/nightly', 'npm run load -- stress'],
  [/^npm run test:batch /, '.ci/run', 'npm run test:batch'],
  [/^npm run test:faults /, '.ci/nightly', 'npm run test:faults -- --cassandra 2'],
  [/^npm run (test:alarms|game-day)\b/, '.ci/nightly', 'npm run test:alarms'],
  [/^npm run test:integration /, '.ci/run', 'npm run test:integration'],
  [/^npm run nightly$/, '.ci/nightly', 'every alert raised'],
  [/^npm run cluster\b/, '.ci/cluster-replay.mjs', "['run', 'cluster']"],
  [/^npm run infra -- up /, 'tests/integration.ts', 'Servers'],
  [/^npm run (migrate|topics)\b/, 'infra/cluster/cluster.ts', 'tools/migrate.ts'],
  [
    /^(LANE=\S+ )?npm run (partitioner|processing|query|reconciler)$/,
    'infra/cluster/cluster.test.ts',
    'const services = SERVICES',
  ],
  [/^npm run import -- .*parquet/, 'tools/import/forms.test.ts', 'parquet'],
  [/^npm run keys -- revoke/, 'tools/keys/run-keys.test.ts', 'revoke'],
  [/--cluster/, 'tests/rebuild/main.ts', '--backup'],
  [
    /^(kafka-[\w-]+\.sh|directory=|until kafka|test -z|! kafka|nodetool (cleanup|repair|decommission|status))/,
    'tests/grow/commands.ts',
    'docs/operate/servers.md',
  ],
  [/^cqlsh -e "ALTER/, 'tests/grow/commands.ts', 'docs/operate/servers.md'],
  [/^(nodetool snapshot|cqlsh -e "CREATE|for (schema|table) )/, 'tests/rebuild/course.ts', 'docs/backup.md'],
  [/^npm run spark$|^RECOUNT_ENGINE=spark /, '.ci/nightly', 'npm run test:spark'],
  [/^curl .*\/v1\/admin\/log-level /, 'lib/http/admin-port.test.ts', 'admin/log-level'],
  [/^npm run load -- verify /, 'tools/load/load.test.ts', 'verify'],
  [/^npm install \/path\/to\/tally/, 'tests/package/installed-sdk.ts', "'npm', ['install'"],
  [/^sed -e .*keepalived/, 'infra/keepalived/virtual-machine.ts', 'keepalivedConfiguration'],
]
const NOT_RUN: readonly (readonly [command: RegExp, why: string])[] = [
  [/^(RECONCILER_\S+ .*)?docker /, 'needs Docker'],
  [/^(kubectl|helm) /, 'needs Kubernetes; what the chart becomes is tested by npm run test:chart'],
  [/^k6 run /, 'needs k6; the same scripts are run by npm run load'],
  [/^export (KAFKA|CASSANDRA|REDIS)_/, 'is no command: npm run test:security gives these settings'],
  [/^curl -s http:\/\/NAME\//, 'names a process of the reader'],
  [/^(npm run (dev|format|coverage)|node --test |bash \.ci\/run)/, 'is for those who change the code'],
]

const commands = documentPaths().flatMap((document): Command[] =>
  codeBlocks(readFileSync(join(root, document), 'utf8'))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, text }) =>
      commandsOf(text)
        .filter((command) => !(RUN_DOCUMENTS.includes(document) && ASKS_BY_CURL.test(command)))
        .map((command) => ({ place: `${document}:${line}`, line: command })),
    ),
)

/** As many partitions as a cluster has, and recounts that nobody waits for. */
const SETTINGS = { PARTITIONS: '16', RECONCILE_INTERVAL_MS: '500', ARCHIVE_FLUSH_MS: '200' }

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: StandaloneChild
let url: string
before(async () => {
  directory = await temporaryDirectory()
  server = new StandaloneChild({ ...SETTINGS, DATA_DIR: join(directory.path, 'server') })
  url = await server.url()
  const rows = ['id,videoId,type,time', ...[1, 2].map((i) => `r${i},cats,view,${new Date().toISOString()}`)]
  for (const name of ['views.csv.gz', 'events.csv.gz'])
    writeFileSync(join(directory.path, name), gzipSync(`${rows.join('\n')}\n`))
})
after(async () => {
  await server?.kill('SIGTERM')
  await directory?.[Symbol.asyncDispose]()
})

for (const { place, line } of commands) {
  const elsewhere = RUN_ELSEWHERE.find(([command]) => command.test(line))
  if (elsewhere !== undefined) {
    const [, file, text] = elsewhere
    test(`${place}: ${line} is run by ${file}`, () => {
      assert.ok(readFileSync(join(root, file), 'utf8').includes(text), `${file} has no ${text}`)
    })
  } else if (!NOT_RUN.some(([command]) => command.test(line))) {
    test(`${place}: ${line}`, async () => {
      assert.match(line, RUN, 'nothing runs this command: see the lists in this file')
      await run(line)
    })
  }
}

test('every rule is of some command', () => {
  const unused = [...RUN_ELSEWHERE, ...NOT_RUN].filter(
    ([rule]) => !commands.some(({ line }) => rule.test(line)),
  )
  assert.deepEqual(unused, [])
})

/** One for each line, without comments; a line that ends in `\`, a pipe or an open quote goes on. */
function commandsOf(block: string): string[] {
  const whole = block.replaceAll(/\\\n\s*/g, ' ').replaceAll(/(\||&&)\n\s*/g, '$1 ')
  const loops = whole.replaceAll(/(for .*? in .*?; do)\n([\s\S]*?)\ndone/g, '$1 …; done')
  const quoted = loops.replaceAll(/'[^']*'/g, (piece) => piece.replaceAll('\n', ' '))
  return quoted
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trim())
    .filter((line) => line !== '')
}

/** As a shell does, in which npm is ours: the same program, without looking for packages first. */
async function run(line: string): Promise<void> {
  const [, , name = ''] = RUN.exec(line)!
  const program = programOf(name)!
  const asked = ASKS_SERVER.includes(name) && !line.includes('--url') ? `--url ${url}` : ''
  const own = line
    .replaceAll('http://localhost:8080', url)
    .replaceAll('/backups/', `${directory.path}/backups-`)
    .replaceAll('/data/tally', `${directory.path}/restored`)
    .replaceAll('--data-dir DIR', `--data-dir ${directory.path}/of-operate`)
    .replaceAll(/\bDIR\b/g, `${directory.path}/backup-of-operate`)
  const script = `set -eo pipefail
    npm() { shift 3; "${process.execPath}" "${join(root, program)}" "$@" ${asked}; }
    ssh() { cat "\${@: -1}"; }
    ${own}`
  const shell = spawn('bash', ['-c', script], {
    cwd: directory.path,
    env: { ...process.env, ...SETTINGS, DATA_DIR: join(directory.path, 'of-keys') },
  })
  shell.stdin.end()
  const [out, errors, [code]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, 'close'),
  ])
  assert.equal(code, 0, errors + out)
  assert.notEqual(out + errors, '', 'it says something')
}
