import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isOn, number, oneOf, parsed, text, texts, url, wholeNumber } from './flags.ts'
import { FlagsReader, helpText, UsageFault } from './flags-reader.ts'

const COMMAND = {
  usage: 'npm run thing -- FILE [flags]',
  flags: {
    limit: wholeNumber('N', 'how many', 10, { least: 1, most: 100 }),
    seed: wholeNumber('N', 'decides everything (default: a new one)', null, { least: 0 }),
    share: number('SHARE', 'of them', 0.5, { least: 0, most: 1 }),
    form: oneOf('FORM', 'csv or ndjson', null, ['csv', 'ndjson']),
    label: text('TEXT', 'what it is called'),
    env: { ...texts('NAME=VALUE', 'a setting'), short: 'e' },
    url: url('the server', 'http://localhost:8080'),
    since: parsed('TIME', 'from when on', 0, (given) => {
      if (given !== 'noon') throw new Error('must be noon')
      return 12
    }),
    quick: isOn('a small run'),
  },
  takesOperands: true,
  notes: 'That is all.',
} as const

function valuesOf(line: string) {
  const read = new FlagsReader(COMMAND, line.split(' ').filter(Boolean))
  read.check()
  return { ...read.values, operands: read.operands }
}

const DEFAULTS = {
  ...{ limit: 10, seed: null, share: 0.5, form: null, label: null, env: [], since: 0, quick: false },
  ...{ url: 'http://localhost:8080', operands: [] },
}

function check(line: string, expected: Partial<typeof DEFAULTS | Record<string, unknown>>) {
  test(`"${line}" is understood`, () => assert.deepEqual(valuesOf(line), { ...DEFAULTS, ...expected }))
}

describe('the command line', () => {
  check('', {})
  check('a --limit 3 b --quick', { limit: 3, quick: true, operands: ['a', 'b'] })
  check('--limit=1e2 --seed 0 --share .25', { limit: 100, seed: 0, share: 0.25 })
  check('-e A=1 --env B=2', { env: ['A=1', 'B=2'] })
  check('--label a --label b', { label: 'b' })
  check('--label=-a --form csv --since noon', { label: '-a', form: 'csv', since: 12 })
  check('--url https://h/ -- --quick', { url: 'https://h', operands: ['--quick'] })
})

function checkFaults(line: string, ...faults: string[]) {
  test(`"${line}" is refused with all that is wrong`, () => {
    assert.throws(() => valuesOf(line), new UsageFault(faults.join('\n')))
  })
}

describe('faults', () => {
  checkFaults(
    '--limit 0 --seed 1.5 --share 2 --form xml --url ftp://h --since dawn',
    '--limit must be a whole number from 1 to 100',
    '--seed must be a whole number of at least 0',
    '--share must be a number from 0 to 1',
    '--form must be one of csv, ndjson',
    '--url must be an http or https URL',
    '--since must be noon',
  )
  checkFaults(
    '--limits --constructor --quick=yes',
    'there is no flag --limits',
    'there is no flag --constructor',
    '--quick takes no value',
  )
  checkFaults('--limit= --limit', '--limit needs a value', '--limit must be a whole number from 1 to 100')
  checkFaults('--label --quick', '--label needs a value')
  checkFaults('--label=', '--label must not be empty')

  test('an operand is refused where there can be none', () => {
    const read = new FlagsReader({ usage: '' }, ['a', '--b'])
    assert.deepEqual(read.faults, ['there is no flag --b', 'a belongs to no flag'])
  })

  test('a command adds what it finds in how flags go together', () => {
    const read = new FlagsReader(COMMAND, ['--limit', 'x', '--quick'])
    read.refuseIf(read.isGiven('quick') && !read.isGiven('seed'), '--quick needs --seed')
    read.refuseIf(read.isGiven('label'), 'no label')
    assert.throws(() => read.check(), { message: /^--limit must .*\n--quick needs --seed$/ })
  })
})

test('the help is made of the declaration', () => {
  assert.equal(
    helpText({ ...COMMAND, flags: { ...COMMAND.flags, label: text('TEXT', 'word '.repeat(25).trim()) } }),
    `npm run thing -- FILE [flags]

  --limit N              how many (default 10)
  --seed N               decides everything (default: a new one)
  --share SHARE          of them (default 0.5)
  --form FORM            csv or ndjson
  --label TEXT           ${'word '.repeat(18).trim()}
                         ${'word '.repeat(7).trim()}
  -e, --env NAME=VALUE   a setting
  --url URL              the server (default http://localhost:8080)
  --since TIME           from when on
  --quick                a small run

That is all.`,
  )
  assert.equal(helpText({ usage: 'npm run other' }), 'npm run other')
})
