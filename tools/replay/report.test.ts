import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from './replay-options.ts'
import { failed, type Outcome, percentile, reportLines } from './report.ts'
import type { Sent } from './send.ts'

test('a percentile is the nearest rank', () => {
  const values = [5, 1, 4, 2, 3]
  assert.equal(percentile(values, 0.5), 3)
  assert.equal(percentile(values, 0.99), 5)
  assert.equal(percentile(values, 0), 1)
  assert.equal(percentile([], 0.5), 0)
})

const SENT: Sent = {
  events: 1_200,
  accepted: 1_200,
  late: 0,
  rejected: 0,
  rejections: [],
  ackMs: [10, 20],
  gapMs: 1_500,
  seconds: 2,
  lastAckMs: 0,
}

function outcome(sent: Partial<Sent> = {}, given: Partial<Outcome> = {}): Outcome {
  return {
    options: parseOptions(['a.csv', '--rebase']),
    truth: {
      videos: new Map(),
      types: new Set(),
      rows: 1_000,
      events: 1_000,
      unreadable: 0,
      firstMs: 0,
      lastMs: 1,
    },
    sent: { ...SENT, ...sent },
    notes: { unreadable: 0, firstUnreadable: [], copies: 200 },
    downMs: [700, 900],
    retries: 4,
    visibleMs: 300,
    comparison: { keys: 9, agreeing: 9, differences: [] },
    ...given,
  }
}

test('a good run says what was done and that all agrees', () => {
  assert.equal(failed(outcome()), false)
  assert.deepEqual(reportLines(outcome()), [
    'read          1,000 rows, 0 unreadable',
    'sent          1,200 events (1,000 and 200 copies) in 2.0 s: 600 events/s',
    'acknowledged  p50 10 ms, p99 20 ms per request of 500; longest gap 1.50 s',
    'server        killed 2 times with kill -9, back after 0.70 s to 0.90 s; 4 requests sent again',
    'visible       0.30 s after the last acknowledgement',
    'agree: 9 of 9 (video, type) keys × count, sum, average',
  ])
})

function checkFailed(bad: Outcome, line: RegExp) {
  assert.ok(failed(bad))
  assert.match(reportLines(bad).join('\n'), line)
}

test('what was late, rejected, read in two ways or differs fails the run, and says so', () => {
  checkFailed(outcome({ late: 3 }), /LATE: 3 events .* longer than the horizon less the span/)
  const event = { id: 'x', videoId: 'v', type: 'view' }
  const rejections = [{ code: 'invalid_id', detail: 'no', event }]
  checkFailed(
    outcome({ rejected: 1, rejections }),
    /REJECTED: 1 events, such as\n {2}invalid_id: no {"id":"x"/,
  )
  checkFailed(outcome({ events: 1_199 }), /EVENTS: 999 by one way of reading, 1,000 by another/)
  const notes = { unreadable: 1, firstUnreadable: ['line 3: odd'], copies: 200 }
  checkFailed(
    outcome({}, { notes }),
    /line 3: odd[\s\S]*UNREADABLE ROWS: 1 by one way of reading, 0 by another/,
  )
  const difference = { videoId: 'v', type: 'view', fn: 'sum', expected: 1.5, found: null } as const
  const comparison = { keys: 9, agreeing: 8, differences: Array(12).fill(difference) }
  checkFailed(
    outcome({}, { comparison }),
    /DIFFERS: v view sum: expected 1.5, found null\n[\s\S]*… and 2 more/,
  )
})
