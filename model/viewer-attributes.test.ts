// What the front door adds to the attributes of an event, whatever the event says itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AUTOMATED } from './automated.ts'
import { type ParseContext, parseEvent } from './parse-event.ts'
import { VIEWER_ATTRIBUTES, type ViewerAttributes } from './viewer-attributes.ts'

const NOW_MS = Date.parse('2026-11-21T09:00:00Z')
const PAIRS_MAX = 16
const CONTEXT: ParseContext = {
  ...{ tenant: '', nowMs: NOW_MS, sourcesFromMs: 0 },
  ...{ horizonMs: 600_000, aheadMs: 60_000, retentionMs: 604_800_000 },
}
const VIEWER: ViewerAttributes = { country: 'DE', device: 'tv', browser: 'Chrome' }

/** Of the stored event; null if it is refused. */
function stored(attributes: unknown, given: Partial<ParseContext> = {}): string | null | undefined {
  const event = {
    id: 'e',
    videoId: 'v',
    type: 'view',
    time: NOW_MS,
    ...(attributes !== undefined && { attributes }),
  }
  const parsed = parseEvent(JSON.parse(JSON.stringify(event)), { ...CONTEXT, ...given })
  return parsed.ok ? parsed.event.attributes : undefined
}

test('an event without attributes gets what is known of its viewer', () => {
  assert.equal(stored(undefined, { viewer: VIEWER }), JSON.stringify(VIEWER))
  assert.equal(stored(null, { viewer: { device: 'tv' } }), '{"device":"tv"}')
})

test('what the event says itself counts, and an empty value too', () => {
  const own = { device: 'console', country: '', player: 'html5' }
  assert.deepEqual(JSON.parse(stored(own, { viewer: VIEWER })!), { ...own, browser: 'Chrome' })
})

const key = fc.oneof(
  fc.constantFrom<string>(...VIEWER_ATTRIBUTES, AUTOMATED, '__proto__', 'constructor', 'a', 'b'),
  fc.stringMatching(/^[a-z_]{1,8}$/),
)
const attributes = fc
  .uniqueArray(fc.tuple(key, fc.stringMatching(/^[a-z ]{0,8}$/)), {
    selector: ([name]) => name,
    maxLength: 19,
  })
  .map((pairs): Record<string, string> => JSON.parse(`{${pairs.map(([k, v]) => `"${k}":"${v}"`).join(',')}}`))
const viewer = fc.record(
  {
    country: fc.constantFrom('DE', 'FR'),
    device: fc.constantFrom('tv', 'mobile'),
    browser: fc.constant('Chrome'),
  },
  { requiredKeys: [] },
)
const automated = fc.constantFrom(null, 'bot' as const)

test('nothing that an event says is changed, no bound is passed, and what is stored can be read again', () => {
  fc.assert(
    fc.property(attributes, viewer, automated, (own, known, stamp) => {
      const plain = stored(own)
      const text = stored(own, { viewer: known, automated: stamp })
      assert.equal(text === undefined, plain === undefined, 'what is added refuses no event')
      if (text === undefined) return
      const pairs: Record<string, string> = JSON.parse(text!)
      const names = Object.keys(pairs).filter((name) => name !== AUTOMATED)
      assert.ok(names.length <= PAIRS_MAX)
      for (const [name, value] of Object.entries(own)) {
        if (name !== AUTOMATED || stamp === null)
          assert.equal(Object.entries(pairs).find(([k]) => k === name)![1], value)
      }
      for (const name of names)
        if (!Object.hasOwn(own, name)) assert.equal(pairs[name], known[name as 'country'])
      assert.equal(pairs[AUTOMATED], stamp ?? (Object.hasOwn(own, AUTOMATED) ? own[AUTOMATED] : undefined))
      assert.equal(stored(pairs), text, 'an import takes what was exported')
    }),
  )
})
