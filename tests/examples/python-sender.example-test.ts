// The sender in Python, with the packages that it pins.
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fetchPackages } from '../../infra/native/python.ts'
import { root } from '../source-file.ts'
import { PROGRAMS, Product } from './product.ts'
import { keepsUnresolved, namesRejected, type Sender, sendsExactly, stopsWithAll } from './sender-checks.ts'

const FOLDER = join(root, 'examples/python-sender')

let product: Product
let sender: Sender
before(async () => {
  const program = await fetchPackages(join(FOLDER, 'requirements.txt'), join(PROGRAMS, 'python-sender'))
  sender = { program, args: [join(FOLDER, 'send.py')] }
  product = await Product.start()
})
after(() => product?.[Symbol.asyncDispose]())

test('every event counts once, though answers are lost and all is sent twice', () =>
  sendsExactly(sender, product))
test('lines that are not taken are named, and the others count', () => namesRejected(sender, product))
test('what was refused as a whole can be sent again', () => keepsUnresolved(sender, product))
test('stopped, it prints what it holds', () => stopsWithAll(sender, product))
