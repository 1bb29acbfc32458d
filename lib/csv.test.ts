import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CSV_FORM, csvPieces } from './csv.ts'
import { exactNumber } from './exact-number.ts'
import type { Cell, Table } from './table.ts'

const csvText = (table: Table) => [...csvPieces(table, CSV_FORM)].join('')

const check = (name: string, cell: Cell, expected: string) =>
  test(name, () =>
    assert.equal(csvText({ columns: ['h', 'i'], rows: [[cell, true]] }), `h,i\r\n${expected},true\r\n`),
  )

check('plain text stands as it is', 'aïe 视频', 'aïe 视频')
check('a comma needs quotes', 'a,b', '"a,b"')
check('quotes are doubled', 'say "hi"', '"say ""hi"""')
check('a line break needs quotes', 'a\nb', '"a\nb"')
check('null is an empty cell', null, '')
check('a number stays a number, a negative one too', exactNumber('-1.5'), '-1.5')
for (const sign of ['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']) {
  check(`text that starts with ${JSON.stringify(sign)} is no formula`, `${sign}1+1`, `'${sign}1+1`)
}
check('a formula in quotes is none either', '=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`)

check('a carriage return and a line feed begin formulas too', '\r=1', `"'\r=1"`)

test('the guard can be turned off, and a byte order mark be asked for', () => {
  const table: Table = { columns: ['=h'], rows: [['=1']] }
  assert.equal([...csvPieces(table, { formulaGuard: false, bom: true })].join(''), '\ufeff=h\r\n=1\r\n')
})

test('a table without rows is its header', () => {
  assert.equal(csvText({ columns: ['a', 'b'], rows: [] }), 'a,b\r\n')
})
