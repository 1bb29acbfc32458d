import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { test } from 'node:test'
import { parseReceivers } from './public-address.ts'
import { ListedLookups, publicLookup } from './receiver-lookup.ts'
import { webhookSender } from './send-webhook.ts'

const [A, AAAA] = [1, 28]
const NEVER = new AbortController().signal
const MANY = 32

/** By the type of the question, the addresses; null: silence. */
type Answers = Readonly<Record<number, readonly (readonly number[])[]>> | null

/** A server of DNS (RFC 1035) that answers all names alike; `code`: 2, it fails; 3, there is no such name. */
async function dns(answers: Answers, code = 0) {
  const server = createSocket('udp4')
  let asked = 0
  server.on('message', (question, from) => {
    asked++
    if (answers === null) return
    const end = question.indexOf(0, 12) + 5 // the name ends in an empty label; its type and class follow
    const found = answers[question.readUInt16BE(end - 4)] ?? []
    const head = Buffer.from(question.subarray(0, 12))
    head.writeUInt16BE(0x8180 | code, 2)
    head.writeUInt16BE(found.length, 6)
    head.fill(0, 8)
    const records = found.map((address) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0) // of the name that was asked for
      record.writeUInt16BE(address.length === 4 ? A : AAAA, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(address.length, 10)
      return Buffer.concat([record, Buffer.from(address)])
    })
    server.send(Buffer.concat([head, question.subarray(12, end), ...records]), from.port, from.address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const newResolver = () => {
    const resolver = new Resolver({ timeout: 60_000, tries: 1 })
    resolver.setServers([`127.0.0.1:${server.address().port}`])
    return resolver
  }
  return { newResolver, asked: () => asked, [Symbol.dispose]: () => void server.close() }
}

function found(lookup: LookupFunction, hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) =>
      error === null ? resolve(addresses as LookupAddress[]) : reject(error),
    )
  })
}

const v6 = (...bytes: readonly number[]) => [...bytes, ...Array(16 - bytes.length - 1).fill(0), 1]

test('of what DNS answers only public addresses are found', async () => {
  using server = await dns({
    [A]: [
      [10, 0, 0, 1],
      [93, 184, 216, 34],
      [127, 0, 0, 1],
    ],
    [AAAA]: [v6(0x26, 0x06, 0x28), v6(0xfd, 0x12), v6()],
  })
  const lookup = publicLookup(NEVER, server.newResolver)
  assert.deepEqual(await found(lookup, 'hooks.example'), [
    { address: '93.184.216.34', family: 4 },
    { address: '2606:2800::1', family: 6 },
  ])
  const one = new Promise((resolve) => lookup('hooks.example', {}, (...told) => resolve(told)))
  assert.deepEqual(await one, [null, '93.184.216.34', 4])
})

test('a name with private addresses alone, or with none, is not found', async () => {
  for (const answers of [{ [A]: [[192, 168, 0, 1]], [AAAA]: [v6()] }, {}]) {
    using server = await dns(answers)
    await assert.rejects(found(publicLookup(NEVER, server.newResolver), 'hooks.example'), /public internet/)
  }
})

test('it is said that DNS fails, and not which names there are', async () => {
  const check = async (code: number, told: RegExp) => {
    using server = await dns({}, code)
    await assert.rejects(found(publicLookup(NEVER, server.newResolver), 'hooks.example'), told)
  }
  await check(3, /no address in the public internet/)
  await check(2, /not known: DNS fails \(ESERVFAIL\)/)
})

test('names of this machine and of its network are not even asked for', async () => {
  using server = await dns({ [A]: [[93, 184, 216, 34]] })
  const lookup = publicLookup(NEVER, server.newResolver)
  for (const name of ['localhost', 'hooks', 'hooks.', 'a.localhost', 'a.LOCALHOST.'])
    await assert.rejects(found(lookup, name), /public internet/, name)
  assert.equal(server.asked(), 0)
})

test('while a resolver is silent files are read, and nobody waits for it who has given up', async () => {
  using server = await dns(null)
  const stop = new AbortController()
  const lookup = publicLookup(stop.signal, server.newResolver)
  const waiting = Array.from({ length: MANY }, () => found(lookup, 'hooks.example'))
  const ended = Promise.allSettled(waiting)
  assert.ok((await readFile(import.meta.filename)).length > 0)
  stop.abort()
  for (const { status } of await ended) assert.equal(status, 'rejected')
})

test('listed hosts are found as the system does', async () => {
  const lookup = new ListedLookups().until(NEVER)
  const all = await Promise.all(Array.from({ length: 3 }, () => found(lookup, 'localhost')))
  for (const addresses of all)
    assert.ok(addresses.some(({ address }) => address === '127.0.0.1' || address === '::1'))
  await assert.rejects(found(new ListedLookups().until(AbortSignal.abort()), 'localhost'))
})

test('a webhook goes nowhere where its name is not answered, or with an address of this machine', async () => {
  using silent = await dns(null)
  using lying = await dns({ [A]: [[127, 0, 0, 1]] })
  const webhook = { url: 'https://hooks.example/', headers: {}, body: '{}' }
  const sent = (timeoutMs: number, { newResolver }: Pick<typeof silent, 'newResolver'>) =>
    webhookSender(parseReceivers(undefined), 'Tally/test', timeoutMs, newResolver)(webhook, NEVER)
  const outcomes = [await sent(100, silent), await sent(60_000, lying)]
  assert.deepEqual(
    outcomes.map((outcome) => !outcome.ok && outcome.error.split('.')[0]),
    ['There was no answer within 0', 'The receiver could not be reached'],
  )
})
