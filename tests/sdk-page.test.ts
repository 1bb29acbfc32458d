// What the SDK reads from the address of a page, beside the rules of the server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseEvent } from '../model/parse-event.ts'
import { pageAttributes } from '../sdk/src/page.ts'

const NOW_MS = Date.parse('2026-11-21T09:00:00Z')
const CONTEXT = {
  ...{ tenant: '', nowMs: NOW_MS, sourcesFromMs: 0 },
  ...{ horizonMs: 600_000, aheadMs: 60_000, retentionMs: 604_800_000 },
}

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom('😀'.repeat(300), 'a\u2028b', '\u0000\u0085', '%', ' '.repeat(300), 'x'.repeat(257)),
)

test('whatever stands in an address, the server takes the event', () => {
  fc.assert(
    fc.property(value, value, fc.oneof(fc.webUrl(), value), (source, medium, referrer) => {
      const href = `https://player.example/?${new URLSearchParams({ utm_source: source, utm_medium: medium })}`
      const attributes = pageAttributes({ href, referrer })
      const event = { id: 'e', videoId: 'v', type: 'view', time: NOW_MS, attributes }
      const parsed = parseEvent(JSON.parse(JSON.stringify(event)), CONTEXT)
      assert.ok(parsed.ok, JSON.stringify(parsed))
    }),
  )
})
