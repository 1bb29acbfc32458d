import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Options, parseOptions } from './replay-options.ts'

function check(line: string, expected: Partial<Options>) {
  const options = parseOptions(line.split(' '))
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(options[name as keyof Options], value, `${line}: ${name}`)
  }
}

test('without flags the file goes to the local server as it is', () => {
  check('a.csv.gz', {
    file: 'a.csv.gz',
    url: 'http://localhost:8080',
    kills: 0,
    rebase: false,
    duplicates: 0,
    batch: 500,
    format: 'csv',
    limit: Number.POSITIVE_INFINITY,
  })
})

test('flags are read', () => {
  check('a.csv --rebase --span-minutes 2 --duplicates 0.2 --seed 7', {
    rebase: true,
    spanMs: 120_000,
    duplicates: 0.2,
    seed: 7,
  })
  check('--kill 3 --data-dir d a.csv', { url: null, kills: 3, dataDir: 'd' })
  check('--serve a.csv --limit=10', { url: null, kills: 0, dataDir: null, limit: 10 })
  check('a.csv --columns videoId=video,time=at --prefix run-2:', {
    columns: { videoId: 'video', time: 'at' },
    prefix: 'run-2:',
  })
})

test('the format is known by the name, unless it is named', () => {
  check('a.ndjson', { format: 'ndjson' })
  check('a.jsonl.gz', { format: 'ndjson' })
  check('a.json --format ndjson', { format: 'ndjson' })
})

function checkFaults(line: string, faults: readonly RegExp[]) {
  assert.throws(
    () => parseOptions(line.split(' ').filter(Boolean)),
    (error: Error) => {
      for (const fault of faults) assert.match(error.message, fault)
      assert.equal(error.message.split('\n').length, faults.length, error.message)
      return true
    },
  )
}

test('all faults are told at once', () => {
  checkFaults('', [/name one file/])
  checkFaults('a b', [/name one file, not 2/])
  checkFaults('a --dupplicates 0.2', [/no flag --dupplicates/, /name one file, not 2/])
  checkFaults('a --batch 1001 --duplicates 1.1 --seed x --concurrency 0 --limit 0 --kill 1.5', [
    /--batch must be a whole number from 1 to 1000/,
    /--duplicates must be a number from 0 to 1/,
    /--seed/,
    /--concurrency/,
    /--limit/,
    /--kill/,
  ])
  checkFaults('a --rebase=yes --seed', [/--rebase takes no value/, /--seed needs a value/])
  checkFaults('a --kill 1 --url http://h', [/--url does not go with/])
  checkFaults('a --data-dir d', [/--data-dir goes only with/])
  checkFaults('a --preset films --format xml --prefix ä', [
    /--preset must be/,
    /--format must be/,
    /--prefix/,
  ])
  checkFaults('a --columns video=x,time= --preset reviews', [
    /"video=x"/,
    /"time="/,
    /does not go with --preset/,
  ])
  checkFaults('a --__proto__ x', [/no flag --__proto__/, /name one file, not 2/])
})
