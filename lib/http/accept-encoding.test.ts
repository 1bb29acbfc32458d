import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptsEncoding } from './accept-encoding.ts'

const check = (header: string | undefined, expected: { readonly br: boolean; readonly gzip: boolean }) =>
  test(String(header), () => {
    assert.equal(acceptsEncoding(header, 'br'), expected.br)
    assert.equal(acceptsEncoding(header, 'gzip'), expected.gzip)
  })

check(undefined, { br: false, gzip: false })
check('', { br: false, gzip: false })
check('gzip, deflate, br', { br: true, gzip: true })
check('gzip;q=1.0, br;q=0', { br: false, gzip: true })
check('GZIP', { br: false, gzip: true })
check('zebra, xgzip', { br: false, gzip: false })
check('br;q=0.000, gzip ; q=0', { br: false, gzip: false })
