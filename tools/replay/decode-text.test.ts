import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText } from './decode-text.ts'

/** Decodes bytes that arrive in pieces of these lengths, repeated. */
async function decoded(bytes: Buffer, lengths: readonly number[], encoding: string | null): Promise<string> {
  async function* pieces() {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = lengths[i % lengths.length]!
      yield bytes.subarray(at, at + length)
      at += length
    }
  }
  return (await Array.fromAsync(decodeText('f', pieces(), encoding))).join('')
}

const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '€', '\u{1f3ac}', '\ufeff', '\ufffd') })

test('text comes back as it was, wherever its bytes are cut', () =>
  fc.assert(
    fc.asyncProperty(text, lengths, async (written, cuts) => {
      for (const [encoding, label] of [
        ['utf8', null],
        ['utf16le', 'utf-16le'],
      ] as const) {
        const plain = written.replace(/^\ufeff+/, '')
        assert.equal(await decoded(Buffer.from(plain, encoding), cuts, label), plain)
        assert.equal(await decoded(Buffer.from(`\ufeff${written}`, encoding), cuts, null), written)
      }
    }),
  ))

test('the first byte that is not UTF-8 is told by its place, wherever the bytes are cut', () =>
  fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('ff', 'c3', 'e282', 'eda080', 'c0af'),
      lengths,
      async (before, bad, cuts) => {
        const lines = before.replace(/^\ufeff+/, '').split('\n')
        const place = `line ${lines.length}, column ${Array.from(lines.at(-1)!).length + 1}:`
        const bytes = Buffer.concat([
          Buffer.from(lines.join('\n')),
          Buffer.from(bad, 'hex'),
          Buffer.from('!'),
        ])
        await assert.rejects(decoded(bytes, cuts, null), (error: Error) => error.message.includes(place))
      },
    ),
  ))
