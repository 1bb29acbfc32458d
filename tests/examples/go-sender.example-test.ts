// The sender in Go, built with the modules that it pins.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { root } from '../source-file.ts'
import { findGo } from './go.ts'
import { PROGRAMS, Product } from './product.ts'
import { keepsUnresolved, namesRejected, type Sender, sendsExactly, stopsWithAll } from './sender-checks.ts'

const FOLDER = join(root, 'examples/go-sender')
const sender: Sender = { program: join(PROGRAMS, 'go-sender'), args: [] }

const found = await findGo(FOLDER)
const options = 'missing' in found ? { skip: found.missing } : {}

let product: Product
before(async () => {
  if ('missing' in found) return
  await mkdir(PROGRAMS, { recursive: true })
  await found.go('go', 'build', '-o', sender.program, '.')
  product = await Product.start()
})
after(() => product?.[Symbol.asyncDispose]())

test('every event counts once, though answers are lost and all is sent twice', options, () =>
  sendsExactly(sender, product),
)
test('lines that are not taken are named, and the others count', options, () =>
  namesRejected(sender, product),
)
test('what was refused as a whole can be sent again', options, () => keepsUnresolved(sender, product))
test('stopped, it prints what it holds and says where it stopped', options, () =>
  stopsWithAll(sender, product),
)

test('its format is that of gofmt, and vet finds nothing', options, async () => {
  assert.ok('go' in found)
  assert.equal(await found.go('gofmt', '-l', '.'), '')
  await found.go('go', 'vet', '.')
})
