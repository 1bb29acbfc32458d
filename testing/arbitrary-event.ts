// Random events for property tests: everything that the wire format can hold, odd texts included.
import fc from 'fast-check'
import type { Event } from '../model/event.ts'
import {
  ID_BYTES_MAX,
  SOURCE_BYTES_MAX,
  TENANT_BYTES_MAX,
  TIME_MS_MAX,
  VALUE_THOUSANDTHS_MAX,
} from '../schemas/limits.ts'
import { arbitraryName } from './arbitrary-name.ts'

const TYPE_CHARS_MAX = 32

const id = fc.stringMatching(/^[A-Za-z0-9._:-]+$/, { maxLength: ID_BYTES_MAX })
/** Events within the wire format's limits. */
export const arbitraryEvent: fc.Arbitrary<Event> = fc.record(
  {
    tenant: fc.stringMatching(/^[a-z0-9-]*$/, { maxLength: TENANT_BYTES_MAX }),
    videoId: fc.oneof(id, arbitraryName),
    type: fc.stringMatching(/^[a-z][a-z0-9_-]*$/, { maxLength: TYPE_CHARS_MAX }),
    id,
    timeMs: fc.oneof(fc.nat(), fc.integer({ min: 0, max: TIME_MS_MAX })),
    valueThousandths: fc.option(
      fc.oneof(fc.integer(), fc.integer({ min: -VALUE_THOUSANDTHS_MAX, max: VALUE_THOUSANDTHS_MAX })),
    ),
    viewerId: fc.option(arbitraryName),
    channelId: fc.option(arbitraryName),
    attributes: fc.option(fc.json({ maxDepth: 1 })),
    source: fc.option(fc.stringMatching(/^[!-~]+$/, { maxLength: SOURCE_BYTES_MAX })),
  },
  { noNullPrototype: true },
)
