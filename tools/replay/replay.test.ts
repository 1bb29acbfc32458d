import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { replay } from './replay.ts'
import { parseOptions } from './replay-options.ts'

const SAMPLE = fileURLToPath(new URL('sample.csv.gz', import.meta.url))
const FAKE = fileURLToPath(new URL('../../testing/fake-server.ts', import.meta.url))

let directory = ''
let runs = 0
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tally-replay-test-'))
})
after(() => rm(directory, { recursive: true }))

/** Replays against the fake server, broken as `fault` says. Data directories stay inside that of the test. */
async function replayed(
  flags: string,
  fault = 'none',
  file = SAMPLE,
  where = ['--data-dir', join(directory, `data-${++runs}`)],
) {
  const lines: string[] = []
  const shown: string[] = []
  const around = {
    // The setting travels by a loader argument, so that tests do not share their environment.
    serverCommand: [
      process.execPath,
      '--import',
      `data:text/javascript,process.env.FAULT=${JSON.stringify(fault)}`,
      FAKE,
    ] as const,
    print: (line: string) => lines.push(line),
    screen: { write: (text: string) => shown.push(text) },
  }
  const options = parseOptions([file, '--serve', ...where, ...flags.split(' ')])
  const agreed = await replay(options, around)
  return { agreed, text: lines.join('\n'), shown: shown.join('') }
}

test('a server that counts right agrees', async () => {
  const { agreed, text, shown } = await replayed('--rebase --duplicates 0.2')
  assert.ok(agreed, text)
  assert.match(text, /20,000 rows, 0 unreadable/)
  assert.match(text, /events \(20,000 and [34],\d\d\d copies\)/)
  assert.match(text, /agree: 1,200 of 1,200 \(video, type\) keys × count, sum, average/)
  assert.match(shown, /^ 50% {2}\d/m)
})

test('a server that is killed during the run agrees, and the kills are told', async () => {
  const { agreed, text } = await replayed('--rebase --duplicates 0.2 --limit 500 --kill 2 --batch 20')
  assert.ok(agreed, text)
  assert.match(text, /killed 2 times with kill -9/)
})

test('an answer of a process that is behind the others is asked for again, not compared', async () => {
  const { agreed, text } = await replayed('--rebase --limit 200', 'lags')
  assert.ok(agreed, text)
})

async function checkCaught(flags: string, fault: string, finding: RegExp) {
  const { agreed, text } = await replayed(flags, fault)
  assert.equal(agreed, false, text)
  assert.match(text, finding)
}

test('a server that counts copies is found out', async () => {
  await checkCaught(
    '--rebase --duplicates 0.2 --limit 500',
    'counts_a_copy',
    /DIFFERS: video-\d+ view count: expected/,
  )
})

test('a server that forgets what it acknowledged is found out', async () => {
  await checkCaught('--rebase --limit 1000 --kill 1 --batch 20', 'forgets', /DIFFERS: video-\d+/)
})

test('late and rejected events fail the run', async () => {
  await checkCaught('--rebase --limit 100', 'is_late', /LATE: 1 events .* lower --span-minutes/)
  await checkCaught('--limit 100', 'is_late', /LATE: 1 events .* use --rebase/)
  await checkCaught(
    '--rebase --limit 100',
    'rejects',
    /REJECTED: 1 events, such as\n {2}invalid_id: a bad day/,
  )
})

test('a server that ends by itself, or does not begin, is told with its last words', async () => {
  await assert.rejects(
    replayed('--rebase --limit 5000', 'falls_over'),
    /The server ended with code 7.*\n {2}ready http/,
  )
  await assert.rejects(
    replayed('--limit 10', 'never_ready'),
    /ended with code 1.*\n {2}the data directory is damaged/,
  )
})

test('a server that holds the range already is refused, and a prefix is the way out', async () => {
  const where = ['--data-dir', await mkdtemp(join(directory, 'twice-'))]
  const again = (flags: string) => replayed(`--limit 100 ${flags}`, 'none', SAMPLE, where)
  assert.ok((await again('--seed 1')).agreed)
  await assert.rejects(again('--seed 2'), /already holds \d+ events of type view for video video-\d+/)
  const second = await again('--prefix run-2:')
  assert.ok(second.agreed, second.text)
})

test('rows that cannot be read are told with their lines, and the rest is counted', async () => {
  const file = join(directory, 'odd.csv')
  await writeFile(file, 'videoId,time\nv,1000\nv,noon\n,1000\nv\nv,2000')
  const { agreed, text } = await replayed('--shuffle 0', 'none', file)
  assert.ok(agreed, text)
  assert.match(text, /5 rows, 3 unreadable\n +line 3: the time "noon".*\n +line 4: .*\n +line 5: 1 fields/)
})

test('a server that is not there is told at once', async () => {
  const options = parseOptions([SAMPLE, '--url', 'http://127.0.0.1:9', '--rebase'])
  const around = { serverCommand: [''] as const, print: assert.fail, screen: { write: assert.fail } }
  await assert.rejects(replay(options, around), /http:\/\/127\.0\.0\.1:9\S* cannot be reached/)
})

test('a temporary data directory goes when all agrees, and stays where something differs', async () => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = directory
  try {
    const temporary = async () =>
      (await readdir(directory)).filter((name) => name.startsWith('tally-replay-'))
    await replayed('--limit 10', 'none', SAMPLE, [])
    assert.deepEqual(await temporary(), [])
    const { text } = await replayed('--limit 10', 'rejects', SAMPLE, [])
    const [kept] = await temporary()
    assert.ok(kept && text.includes(`the data of the server: ${join(directory, kept)}`), text)
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
})
