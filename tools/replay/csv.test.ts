import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CsvReader, RECORD_CHARS_MAX } from './csv.ts'

type Expected = [line: number, fields: string[], fault?: string]

/** Reads the text whole, and once more in two pieces for each place where it can be cut. */
function check(text: string, expected: readonly Expected[]) {
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new CsvReader()
    const records = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut)), ...reader.end()]
    const found = records.map(({ line, fields, fault }) => (fault ? [line, fields, fault] : [line, fields]))
    assert.deepEqual(found, expected, `${JSON.stringify(text)} cut at ${cut}`)
  }
}

test('records end at a line end or at the end of the text', () => {
  check('', [])
  check('a,b', [[1, ['a', 'b']]])
  check('a,b\n', [[1, ['a', 'b']]])
  check('a,b\r\nc,\r\n', [
    [1, ['a', 'b']],
    [2, ['c', '']],
  ])
})

test('empty lines are no records, but they are lines', () => {
  check('a,b\n\n\r\nc,d', [
    [1, ['a', 'b']],
    [4, ['c', 'd']],
  ])
  check(',\n', [[1, ['', '']]])
})

test('quoted fields hold commas, line ends and doubled quotes', () => {
  check('"a,b",c\n', [[1, ['a,b', 'c']]])
  check('"a\nb\r\nc",d\ne,f\n', [
    [1, ['a\nb\r\nc', 'd']],
    [4, ['e', 'f']],
  ])
  check('"a\nb"\r\nc\n', [
    [1, ['a\nb']],
    [3, ['c']],
  ])
  check('"say ""hi""",""""\r\n', [[1, ['say "hi"', '"']]])
  check('"",""', [[1, ['', '']]])
  check('a,"b"\r\nc,"d"', [
    [1, ['a', 'b']],
    [2, ['c', 'd']],
  ])
})

test('a quote inside an unquoted field stands for itself', () => {
  check('5" disk,b "c"\n', [[1, ['5" disk', 'b "c"']]])
})

test('a record with a fault is told apart, and the next line is read', () => {
  check('"a"b,c\nd,e\n', [
    [1, ['a'], 'text after a closing quote'],
    [2, ['d', 'e']],
  ])
  check('a,b\n"c,d\ne,f\n', [
    [1, ['a', 'b']],
    [2, [], 'a quote is never closed'],
  ])
})

test('a quote that is never closed does not swallow a whole file', () => {
  const reader = new CsvReader()
  reader.push('a\n"')
  const push = () => reader.push('x'.repeat(RECORD_CHARS_MAX))
  assert.throws(push, /line 2: a record of more than/)
})
