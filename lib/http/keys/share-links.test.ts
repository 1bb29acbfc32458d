import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { ProblemError } from '../problem.ts'
import { adminOf, callerOf, isByLink, readerOf, tenantUnlessAdmin } from './caller.ts'
import { KeyRing } from './key-ring.ts'
import { digestOf, type KnownKey, keyOfSetting } from './known-key.ts'
import { isShareToken, parseShareSecrets, ShareLinks, type Shown } from './share-links.ts'

const CATS = { tenant: 'acme', shows: { videoId: 'cats' }, expiresMs: 1_000 } as const
const links = new ShareLinks([Buffer.from('one')])

const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 })
const anyLink = fc.record({
  tenant: fc.stringMatching(/^[A-Za-z0-9._-]{0,64}$/),
  shows: fc.oneof(
    names.map((videoId): Shown => ({ videoId: videoId.toWellFormed() })),
    names.map((channelId): Shown => ({ channelId: channelId.toWellFormed() })),
  ),
  expiresMs: fc.nat(),
})
const digests = fc.option(fc.string().map(digestOf))

test('whatever is signed is read again, and is what a header and an address can carry', () => {
  fc.assert(
    fc.property(anyLink, digests, (link, digest) => {
      const token = links.sign(link, digest)
      const { madeBy, ...read } = links.read(token)!
      assert.deepEqual(read, { ...link })
      assert.equal(madeBy, digest === null ? null : links.namesOf(digest)[0])
      assert.match(token, /^[A-Za-z0-9_.-]+$/)
      assert.ok(isShareToken(token))
    }),
  )
})

test('a token of which any byte is changed, left out or added is refused', () => {
  const token = links.sign(CATS, digestOf('k'))
  for (let at = 0; at < token.length; at++) {
    for (const other of new Set([
      'A',
      'w',
      '_',
      '-',
      '..',
      '=',
      ' ',
      '\u0000',
      'ä',
      '',
      token[at]! + token[at]!,
    ])) {
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      if (changed !== token) assert.equal(links.read(changed), null, `${JSON.stringify(other)} at ${at}`)
    }
  }
  // Of the last character two bits are not part of the signature: they count all the same.
  for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    const changed = token.slice(0, -1) + last
    assert.equal(links.read(changed) === null, changed !== token, last)
  }
})

test('so is any token with another byte, whatever it shows', () => {
  fc.assert(
    fc.property(anyLink, fc.nat(), fc.integer({ min: 1, max: 255 }), (link, place, change) => {
      const bytes = Buffer.from(links.sign(link, null))
      bytes[place % bytes.length]! ^= change
      assert.equal(links.read(bytes.toString('latin1')), null)
    }),
    { numRuns: 1_000 },
  )
})

test('the signature of one link signs no other', () => {
  const [dogs, cats] = ['dogs', 'cats'].map((videoId) =>
    links.sign({ ...CATS, shows: { videoId } }, null).split('..'),
  )
  assert.equal(links.read(`${dogs![0]}.${cats![1]}`), null)
})

test('another secret reads nothing, and two are taken while one replaces the other', () => {
  const [old, next] = ['old', 'new'].map((text) => Buffer.from(text))
  const before = new ShareLinks([old!]).sign(CATS, digestOf('k'))
  const both = new ShareLinks([next!, old!])
  assert.deepEqual(both.read(before)?.shows, CATS.shows)
  assert.ok(both.namesOf(digestOf('k')).includes(both.read(before)!.madeBy!))
  const after = both.sign(CATS, null)
  assert.equal(new ShareLinks([old!]).read(after), null)
  assert.deepEqual(new ShareLinks([next!]).read(after)?.shows, CATS.shows)
  assert.equal(new ShareLinks([next!]).read(before), null)
  assert.equal(new ShareLinks().read(before), null)
})

test('a secret that is set counts more than that of the deployment', () => {
  const set = new ShareLinks([Buffer.from('one')])
  set.useUnlessSet(randomBytes(16))
  assert.notEqual(set.read(links.sign(CATS, null)), null)
  const unset = new ShareLinks()
  unset.useUnlessSet(Buffer.from('one'))
  unset.useUnlessSet(Buffer.from('two'))
  assert.notEqual(unset.read(links.sign(CATS, null)), null)
})

test('a link names its key in a way that tells nothing of it without the secret', () => {
  const { madeBy } = links.read(links.sign(CATS, digestOf('hunter2')))!
  const hex = digestOf('hunter2').toString('hex')
  assert.ok(!Buffer.from(madeBy!, 'base64url').toString('hex').includes(hex.slice(0, 8)))
  assert.notDeepEqual(new ShareLinks([Buffer.from('two')]).namesOf(digestOf('hunter2')), [madeBy])
})

describe('SHARE_SECRETS', () => {
  const long = (letter: string) => letter.repeat(32)
  test('is one secret, or the new and the old one', () => {
    assert.deepEqual(parseShareSecrets(undefined), [])
    assert.deepEqual(parseShareSecrets(`${long('a')}, ${long('b')}`).map(String), [long('a'), long('b')])
  })
  for (const setting of ['short', `${long('a')},`, [long('a'), long('b'), long('c')].join()]) {
    test(`${setting} is refused in words that do not show it`, () =>
      assert.throws(
        () => parseShareSecrets(setting),
        ({ message }: Error) => /at least 32 characters/.test(message) && !message.includes(setting),
      ))
  }
})

describe('a link', () => {
  const clock = new ManualClock(0)
  const ip = '10.0.0.1'
  const asked = (token: string) => ({ ip, headers: { authorization: `Bearer ${token}` } })
  const filed = (key: string, more: Partial<KnownKey> = {}): KnownKey => ({
    ...{ digest: digestOf(key), role: 'read', tenant: 'acme', origins: [], expiresMs: null },
    ...more,
  })
  /** The tenant, or the type of the problem. */
  const outcome = (call: () => string | null) => {
    try {
      return call()
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      return error.type
    }
  }
  const on = () => keyRing('k=acme,other=globex', 'root', clock)
  const by = (ring: KeyRing, key: string | null = 'k', link: Parameters<ShareLinks['sign']>[0] = CATS) =>
    asked(ring.links.sign(link, key === null ? null : digestOf(key)))
  const read = (ring: KeyRing, request: ReturnType<typeof asked>, shown: Shown | null = CATS.shows) =>
    outcome(() => readerOf(request, ring, shown))

  test('reads of its tenant what it shows, and nothing else', () => {
    const ring = on()
    assert.equal(read(ring, by(ring)), 'acme')
    for (const shown of [{ videoId: 'dogs' }, { channelId: 'cats' }, null]) {
      assert.equal(read(ring, by(ring), shown), 'forbidden', JSON.stringify(shown))
    }
    const channel = by(ring, 'k', { ...CATS, shows: { channelId: 'cats' } })
    assert.equal(read(ring, channel, { channelId: 'cats' }), 'acme')
    assert.equal(read(ring, channel, { videoId: 'cats' }), 'forbidden')
  })

  for (const [words, ring] of [
    ['keys are on', on()],
    ['keys are off', keyRing(undefined, undefined, clock)],
  ] as const) {
    test(`is refused wherever it is not asked for, where ${words}`, () => {
      const request = by(ring, ring.areOn ? 'k' : null)
      assert.ok(isByLink(request))
      for (const need of ['send', 'read', 'manage'] as const)
        assert.equal(
          outcome(() => callerOf(request, ring, need).tenant),
          'forbidden',
          need,
        )
      assert.equal(
        outcome(() => adminOf(request, ring)),
        'forbidden',
      )
      assert.equal(
        outcome(() => tenantUnlessAdmin(request, ring)),
        'forbidden',
      )
    })
  }

  test('ends at its time, with a code of its own', () => {
    const late = new ManualClock(CATS.expiresMs - 1)
    const ring = keyRing('k=acme', undefined, late)
    assert.equal(read(ring, by(ring)), 'acme')
    late.advance(1)
    assert.equal(read(ring, by(ring)), 'link-expired')
    assert.throws(
      () => readerOf(by(ring), ring, CATS.shows),
      ({ status, headers }: ProblemError) =>
        status === 401 && /invalid_token/.test(headers['www-authenticate']!),
    )
  })

  test('ends with the key that made it: revoked, expired, of another tenant or role', () => {
    const ring = new KeyRing({ apiKeys: [], adminKeys: [], shareSecrets: [Buffer.from('s')] }, clock)
    const check = (keys: readonly KnownKey[], expected: string) => {
      ring.takeFiled(keys, true)
      assert.equal(read(ring, by(ring)), expected)
    }
    check([filed('k'), filed('x')], 'acme')
    check([filed('x')], 'forbidden')
    check([filed('k', { tenant: 'globex' })], 'forbidden')
    check([filed('k', { role: 'write' })], 'forbidden')
    check([filed('k', { expiresMs: 0 })], 'forbidden')
    check([filed('k', { role: 'admin' })], 'acme')
    check([filed('k')], 'acme')
  })

  test('of a key speaks for no tenant but that of the key', () => {
    const ring = on()
    assert.equal(read(ring, by(ring, 'k', { ...CATS, tenant: 'globex' })), 'forbidden')
    assert.equal(read(ring, by(ring, 'unknown')), 'forbidden')
    assert.equal(read(ring, by(ring, 'root')), 'forbidden')
  })

  test('that was made while nobody needed a key ends as soon as somebody does', () => {
    const ring = keyRing(undefined, undefined, clock)
    const request = by(ring, null, { ...CATS, tenant: '' })
    assert.equal(read(ring, request), '')
    assert.equal(read(ring, request, { videoId: 'dogs' }), 'forbidden')
    ring.takeFiled([filed('k', { tenant: '' })], true)
    assert.equal(read(ring, request), 'forbidden')
  })

  test('that is not ours is refused, and guesses are counted as those of keys are', () => {
    const ring = on()
    const forged = new KeyRing({ apiKeys: [keyOfSetting('k', 'full', 'acme')], adminKeys: [] })
    forged.links.useUnlessSet(Buffer.from('guessed'))
    const tries = Array.from({ length: 11 }, () => read(ring, by(forged)))
    assert.deepEqual(tries, [...Array(10).fill('forbidden'), 'rate-limited'])
    assert.equal(read(ring, by(ring)), 'acme')
  })

  test('is taken as x-api-key too, and a key that only looks like one is a key', () => {
    const ring = keyRing('share_key=acme', undefined, clock)
    const { headers } = by(ring, 'share_key')
    const token = headers.authorization.slice('Bearer '.length)
    assert.equal(
      outcome(() => readerOf({ ip, headers: { 'x-api-key': token } }, ring, CATS.shows)),
      'acme',
    )
    assert.equal(read(ring, asked('share_key')), 'acme')
  })
})
