import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newBatchSize, REQUEST_EVENTS_MAX, wasTaken, wasTooLarge } from './batch-size.ts'

test('a request that was too large halves the next, down to one event', () => {
  const size = newBatchSize()
  const seen = [size.eventsMax]
  for (let i = 0; i < 12; i++) {
    wasTooLarge(size, size.eventsMax)
    seen.push(size.eventsMax)
  }
  assert.deepEqual(seen, [1_000, 500, 250, 125, 63, 32, 16, 8, 4, 2, 1, 1, 1])
})

test('a batch that was smaller than the bound halves by what it held', () => {
  const size = newBatchSize()
  wasTooLarge(size, 30)
  assert.equal(size.eventsMax, 15)
})

test('the bound grows again by successes at it, the later the more often it failed', () => {
  const size = newBatchSize()
  wasTooLarge(size, 1_000)
  wasTaken(size, 499)
  wasTaken(size, 500)
  assert.equal(size.eventsMax, 500)
  wasTaken(size, 500)
  assert.equal(size.eventsMax, REQUEST_EVENTS_MAX)
  wasTooLarge(size, 1_000)
  for (let i = 0; i < 3; i++) wasTaken(size, 500)
  assert.equal(size.eventsMax, 500)
  wasTaken(size, 500)
  assert.equal(size.eventsMax, REQUEST_EVENTS_MAX)
})

test('a limit of ten in between costs few refusals', () => {
  const size = newBatchSize()
  let refusals = 0
  for (let sent = 0; sent < 10_000; ) {
    if (size.eventsMax > 10) {
      refusals++
      wasTooLarge(size, size.eventsMax)
    } else {
      sent += size.eventsMax
      wasTaken(size, size.eventsMax)
    }
  }
  assert.ok(refusals < 15, `${refusals} refusals`)
})
