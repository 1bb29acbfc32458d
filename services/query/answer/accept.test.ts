import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnswerForm, csvForm, preferredForm } from './accept.ts'

const check = (accept: string | undefined, expected: AnswerForm) =>
  test(`Accept: ${accept ?? '(none)'} gives ${expected}`, () => assert.equal(preferredForm(accept), expected))

check(undefined, 'json')
check('', 'json')
check('*/*', 'json')
check('application/json', 'json')
check('text/csv', 'csv')
check('Text/CSV; charset=utf-8', 'csv')
check('text/*', 'csv')
check('text/csv, application/json', 'json')
check('application/json;q=0.5, text/csv', 'csv')
check('text/csv;q=0.5, */*;q=0.8', 'json')
check('text/csv;q=0.8, */*;q=0.5', 'csv')
check('application/*;q=0.2, text/csv;q=0.3', 'csv')
check('text/csv;q=0', 'json')
check('text/csv;q=0, text/*', 'json')
check('application/x-ndjson', 'ndjson')
check('application/x-ndjson, text/csv', 'csv')
check('application/x-ndjson, text/csv;q=0.9, application/json;q=0.9', 'ndjson')
check('application/*', 'json')
check('image/png', 'json')
check('text/csv;q=nonsense', 'csv')
check(';;;,,,q=1', 'json')

test('a sender may turn the formula guard of CSV off, and ask for a byte order mark', () => {
  assert.deepEqual(csvForm(undefined), { formulaGuard: true, bom: false })
  assert.deepEqual(csvForm('text/csv; header=present'), { formulaGuard: true, bom: false })
  const accept = 'application/json;q=0.5, text/csv; Formula-Guard=off; bom=on; q=0.9'
  assert.deepEqual(csvForm(accept), { formulaGuard: false, bom: true })
  assert.equal(preferredForm(accept), 'csv')
})
