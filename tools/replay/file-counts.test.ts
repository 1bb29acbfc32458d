import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readTruth, type Truth } from './file-counts.ts'
import { sampleText } from './make-sample.ts'
import { seededRandom } from './random.ts'
import { type Input, readRows } from './rows.ts'

let directory = ''
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tally-truth-'))
})
after(() => rm(directory, { recursive: true }))

async function inputOf(text: string, given: Partial<Input> = {}): Promise<Input> {
  const file = join(directory, 'file.gz')
  await writeFile(file, gzipSync(text))
  return { file, format: 'csv', columns: {}, preset: null, limit: Number.POSITIVE_INFINITY, ...given }
}

function counts({ videos }: Truth): Record<string, string> {
  const entries = [...videos].flatMap(([videoId, types]) =>
    [...types].map(([type, { count, values, sumThousandths }]) => [
      `${videoId} ${type}`,
      `${count} ${values} ${sumThousandths}`,
    ]),
  )
  return Object.fromEntries(entries)
}

async function check(text: string, given: Partial<Input>, expected: Record<string, string>, unreadable = 0) {
  const truth = await readTruth(await inputOf(text, given))
  assert.deepEqual(counts(truth), expected)
  assert.equal(truth.unreadable, unreadable)
}

test('a hand-made file of reviews', async () => {
  const reviews = [
    'reviewerId,vendorId,rating,date',
    '1,a,5,2006-04-07 17:08',
    '1,a,5,2006-04-07 17:08',
    '2,a,4,2006-04-07 17:09',
    '3,b,0,2006-04-07 17:10',
    '4,b,1,2006-04-08 17:10',
    '5,b,2,soon',
    '',
    '6,b,2',
  ]
  const expected = { 'a view': '3 3 14000', 'a like': '2 0 0', 'b view': '2 2 1000', 'b dislike': '2 0 0' }
  await check(reviews.join('\n'), {}, expected, 2)
  await check(reviews.join('\r\n'), {}, expected, 2)
})

test('a hand-made file of plain rows, with quotes, copies and odd values', async () => {
  const rows = [
    'id,videoId,time,type,value',
    '1,"x, ""y""\nz",1000,,-0.5',
    '2,"x, ""y""\nz",2000,view,1.005',
    '2,"x, ""y""\nz",2000,view,1.005',
    '3,v,2006-04-07T17:08:09+02:00,share,',
    '4,v,5000,share,1.0005',
    '5,"v"w,5000,share,1',
  ]
  await check(rows.join('\n'), {}, { 'x, "y"\nz view': '2 2 505', 'v share': '1 0 0' }, 2)
})

test('NDJSON with fields that come and go', async () => {
  const lines = [
    '{"videoId":"a","time":1000}',
    '{"videoId":"a","time":"2006-04-07T17:08:09Z","value":1.5,"type":"like"}',
    '[1]',
    '{"videoId":"a"',
    '{"videoId":7,"time":1000,"value":null}',
  ]
  const expected = { 'a view': '1 0 0', 'a like': '1 1 1500', '7 view': '1 0 0' }
  await check(lines.join('\n'), { format: 'ndjson' }, expected, 2)
})

test('the limit counts rows', async () => {
  const input = await inputOf(sampleText(), { limit: 123 })
  assert.equal((await readTruth(input)).events, 123)
})

test('an id that stands for two different events is refused', async () => {
  for (const rows of ['1,a,5,\n1,a,6,', '1,a,5,1\n1,a,5,2']) {
    const input = await inputOf(`id,videoId,time,value\n${rows}\n`)
    await assert.rejects(readTruth(input), /\["1","a","view"\] stands for two different events/)
  }
})

test('a file that is missing, cut short or empty is told', async () => {
  const input = await inputOf('videoId,time\n')
  await assert.rejects(readTruth(input), /not one readable row/)
  await assert.rejects(
    readTruth({ ...input, file: join(directory, 'none.csv') }),
    /none\.csv cannot be read: ENOENT/,
  )
  await writeFile(input.file, gzipSync(sampleText()).subarray(0, 10_000))
  await assert.rejects(readTruth(input), /cannot be read: unexpected end of file/)
})

/** Text made of pieces that are likely to be read differently by two parsers. */
function oddText(random: () => number): string {
  const pieces = ['a', 'bc', ',', ',', ',', '"', '""', '"x,y"', '\n', '\r\n', '5', '1.25', 'ü', '😀', ' ']
  const rows = Array.from({ length: 30 }, () =>
    random() < 0.6
      ? `"v${Math.floor(random() * 3)}",${Math.floor(random() * 1e6)},${(random() * 10).toFixed(3)}\n`
      : Array.from({ length: 6 }, () => pieces[Math.floor(random() * pieces.length)]).join(''),
  )
  return `videoId,time,value\n${rows.join('')}`
}

test('both ways of reading agree on odd files', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const input = await inputOf(`${oddText(seededRandom(seed))}\nv,1,1\n`)
    const truth = await readTruth(input).catch(() => null)
    if (truth === null) continue
    let events = 0
    let sum = 0
    for await (const { rows } of readRows(input)) {
      for (const row of rows) {
        if ('reason' in row) continue
        events++
        sum += Math.round((row.value ?? 0) * 1_000)
      }
    }
    const expected = [...truth.videos.values()].flatMap((types) => [...types.values()])
    const expectedSum = expected.reduce((total, { sumThousandths }) => total + Number(sumThousandths), 0)
    assert.deepEqual([events, sum], [truth.events, expectedSum], `seed ${seed}`)
  }
})

test('events of one id are copies only within a video and type', async () => {
  const rows = ['id,videoId,time,type', '1,a,5,view', '1,b,5,view', '1,a,5,like', '1,a,5,view', '1,a,5,like']
  await check(rows.join('\n'), {}, { 'a view': '1 0 0', 'b view': '1 0 0', 'a like': '1 0 0' })
})
