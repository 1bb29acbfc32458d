// Clients broken on purpose, each as one change of the SDK's source that some seed must catch. A mutant whose text
// is not in its file exactly once is an error, so that mutants cannot become outdated.
import type { Mutant } from '../../simulator/mutants.ts'

const SDK = 'sdk/src'
const SENDING = `${SDK}/sending`

export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'believes-any-2xx',
    law: 'delivered only if the receipt says so',
    edits: [
      {
        file: `${SDK}/attempt.ts`,
        from: '    if (!receipt)\n',
        to: `    if (!receipt) return { kind: 'answered', accepted: 1, late: 0, rejected: [], offsetMs: null }
    if (!receipt)
`,
      },
    ],
  },
  {
    name: 'delivered-before-the-answer',
    law: 'delivered only if the receipt says so',
    edits: [
      {
        file: `${SENDING}/next-move.ts`,
        from: '  flights.add(flight)\n',
        to: `  flights.add(flight)
  state.ledger.delivered += items.length
  state.ledger.pending -= items.length
`,
      },
    ],
  },
  {
    name: 'drops-in-silence-at-the-bound',
    law: 'each drop is told',
    edits: [
      {
        file: `${SENDING}/room.ts`,
        from: 'gone.push(settle(state, queue.shift()!, FULL))',
        to: 'settle(state, queue.shift()!, FULL)',
      },
    ],
  },
  {
    name: 'drops-told-to-promises-alone',
    law: 'each drop is told to onDropped',
    edits: [
      {
        file: `${SENDING}/tell-outcomes.ts`,
        from: "=== 'dropped' && onDropped",
        to: "=== 'dropped' && !onDropped",
      },
    ],
  },
  {
    name: 'loses-events-on-413',
    law: 'each event is stored or told',
    edits: [
      {
        file: `${SENDING}/land.ts`,
        from: "if (outcome.kind === 'too_large') state",
        to: `if (outcome.kind === 'too_large' && items.length > 1) return []
  if (outcome.kind === 'too_large') state`,
      },
    ],
  },
  {
    name: 'storms-in-an-outage',
    law: 'one request a second in an outage',
    edits: [
      {
        file: `${SENDING}/link-health.ts`,
        from: 'Math.max(link.retryAtMs, link.resumeAtMs, gapEndMs)',
        to: 'Math.max(link.resumeAtMs, Number.isNaN(gapEndMs) ? 0 : link.resumeAtMs)',
      },
    ],
  },
  {
    name: 'deaf-to-retry-after',
    law: 'the pause that the server asks for is honoured',
    edits: [
      {
        file: `${SENDING}/link-health.ts`,
        from: 'else if (outcome.afterMs > 0)',
        to: 'else if (outcome.afterMs < 0)',
      },
    ],
  },
  {
    name: 'flush-cuts-the-pause-short',
    law: 'the pause that the server asks for is honoured',
    edits: [
      {
        file: `${SENDING}/send-state.ts`,
        from: 'state.link.retryAtMs = NEVER',
        to: 'state.link.resumeAtMs = NEVER',
      },
    ],
  },
  {
    name: 'forgets-before-the-answer',
    law: 'the store keeps an event until its fate is known',
    edits: [
      {
        file: `${SENDING}/transmitter.ts`,
        from: '    const { items } = flight\n',
        to: `    const { items } = flight
    for (const { key } of items) if (key) store?.forget(key)
`,
      },
    ],
  },
  {
    name: 'queue-without-bounds',
    law: 'memory is bounded',
    edits: [{ file: `${SENDING}/room.ts`, from: 'events >= 0 && bytes', to: 'bytes' }],
  },
  {
    name: 'flush-forgets-what-is-under-way',
    law: 'flush waits for what was under way',
    edits: [
      {
        file: `${SENDING}/tracker.ts`,
        from: 'let { pending } = ledger // all of them are up to this one',
        to: 'let pending = state.queue.length',
      },
    ],
  },
  {
    name: 'close-waits-for-the-network',
    law: 'close is never late',
    edits: [
      {
        file: `${SENDING}/tracker.ts`,
        from: 'await flush(options)',
        to: 'await flush({ timeoutMs: 3_600_000 })',
      },
    ],
  },
  {
    name: 'sends-again-what-is-settled',
    law: 'a settled event is not sent again',
    edits: [
      {
        file: `${SENDING}/land.ts`,
        from: '  state.flights.delete(flight)\n',
        to: `  state.flights.delete(flight)
  if (outcome.kind === 'answered' && outcome.rejected.length > 0) state.queue.push(...items)
`,
      },
    ],
  },
]
