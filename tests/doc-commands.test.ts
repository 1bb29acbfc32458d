// Commands in documents, beside those of curl: each is run here by a shell, against a server as `npm start` starts it,
// or run-elsewhere.ts names it with what runs the same, or with what this machine would need.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { freePort } from '../lib/free-port.ts'
import { nameOfFiled, parseKeysFile } from '../lib/http/keys/keys-file.ts'
import { csvToParquet } from '../stores/archive/duckdb/csv-to-parquet.ts'
import { codeBlocks } from '../testing/doc-samples.ts'
import { StandaloneChild } from '../testing/standalone-child.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { programOf } from './npm-scripts.ts'
import { RUN_DOCUMENTS } from './run-documents.ts'
import { NOT_RUN, RUN_ELSEWHERE, TRIED_DOCUMENTS } from './run-elsewhere.ts'
import { documentPaths, root } from './source-file.ts'

type Command = { readonly place: string; readonly line: string }

/** Programs that are run here; those that ask a server find it at another port than the one in the documents. */
const RUN =
  /^(ssh .* \| )?npm run (ask|send|import|export|sql|sim|keys|layouts|backup|restore|rebuild|capacity) -- /
const ASKS_SERVER = ['ask', 'send', 'import', 'export', 'sql', 'layouts', 'backup']
const RUN_BY_SHELL = /^(curl .*localhost:9100|sed -e .* infra\/)/
/** Run by docs.test.ts in the documents that it knows. */
const ASKS_BY_CURL = /^curl .*localhost:8080/
/** A name of a key in the documents. */
const KEY_NAME = '1a2b3c4d'
/** What a template has to be filled with. */
const UNFILLED = /@[A-Z]+@/

const commands = documentPaths()
  .filter((document) => !TRIED_DOCUMENTS.includes(document))
  .flatMap((document): Command[] =>
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
let adminUrl: string
before(async () => {
  directory = await temporaryDirectory()
  const adminPort = await freePort()
  const own = { DATA_DIR: join(directory.path, 'server'), ADMIN_PORT: String(adminPort) }
  server = new StandaloneChild({ ...SETTINGS, ...own })
  url = await server.url()
  adminUrl = `http://127.0.0.1:${adminPort}`
  await writeFiles()
})
after(async () => {
  await server?.kill('SIGTERM')
  await directory?.[Symbol.asyncDispose]()
})

/** Those that commands name. */
async function writeFiles(): Promise<void> {
  const path = (name: string) => join(directory.path, name)
  const columns = { id: 'VARCHAR', videoId: 'VARCHAR', type: 'VARCHAR', time: 'VARCHAR' }
  const times = [1, 2].map((i) => [`r${i}`, 'cats', 'view', new Date().toISOString()])
  const csv = [Object.keys(columns), ...times].map((cells) => `${cells.join()}\n`).join('')
  for (const name of ['views.csv.gz', 'events.csv.gz', 'history.csv.gz'])
    writeFileSync(path(name), gzipSync(csv))
  writeFileSync(path('rows.csv'), csv)
  await csvToParquet(path('rows.csv'), path('old.parquet'), columns)
  const event = { id: 'r3', videoId: 'cats', type: 'view', time: new Date().toISOString() }
  writeFileSync(path('events.ndjson'), `${JSON.stringify(event)}\n`)
}

for (const { place, line } of commands) {
  const elsewhere = RUN_ELSEWHERE.find(([command]) => command.test(line))
  if (elsewhere !== undefined) {
    const [, file, code] = elsewhere
    test(`${place}: ${line} is run by ${file}`, () => {
      assert.ok(readFileSync(join(root, file), 'utf8').includes(code), `${file} has no ${code}`)
    })
  } else if (!NOT_RUN.some(([command]) => command.test(line))) {
    test(`${place}: ${line}`, async () => {
      assert.ok(
        RUN.test(line) || RUN_BY_SHELL.test(line),
        'nothing runs this command: see this file and run-elsewhere.ts',
      )
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
  const [, , name] = RUN.exec(line) ?? []
  const program = name === undefined ? 'none' : programOf(name)!
  const asked =
    name !== undefined && ASKS_SERVER.includes(name) && !line.includes('--url') ? `--url ${url}` : ''
  const script = `set -eo pipefail
    npm() { shift 3; "${process.execPath}" "${join(root, program)}" "$@" ${asked}; }
    ssh() { cat "\${@: -1}"; }
    curl() { command curl --fail-with-body "$@"; }
    ${ownLine(line)}`
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
  assert.doesNotMatch(out, UNFILLED)
}

/** With the places, files and keys that are there. */
function ownLine(line: string): string {
  return line
    .replaceAll('http://localhost:8080', url)
    .replaceAll('http://localhost:9100', adminUrl)
    .replaceAll('/backups/', `${directory.path}/backups-`)
    .replaceAll('/data/tally', `${directory.path}/restored`)
    .replaceAll('--data-dir DIR', `--data-dir ${directory.path}/of-operate`)
    .replaceAll(/\bDIR\b/g, `${directory.path}/backup-of-operate`)
    .replaceAll(' infra/', ` ${root}infra/`)
    .replaceAll(KEY_NAME, nameOfKey)
}

/** Of one that a command before has made. */
function nameOfKey(): string {
  const keys = parseKeysFile(readFileSync(join(directory.path, 'of-keys/keys.json'), 'utf8'))
  return nameOfFiled(keys.find(({ revokedAt }) => revokedAt === null)!)
}
