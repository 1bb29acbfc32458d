// Laws about the name of an event, broken on purpose: see mutants.ts.
import type { Mutant } from './mutants.ts'

const DECODE = 'services/processing/core/decode-record.ts'

export const IDENTITY_MUTANTS: readonly Mutant[] = [
  {
    name: 'fingerprint-of-32-bits',
    law: '4: names that share 32 bits are taken for copies',
    edits: [
      {
        file: DECODE,
        from: 'into.keyHashes[i] = this.#keyWords[i * FINGERPRINT_WORDS]!',
        to: 'into.keyHashes[i] = this.#keyWords[i * FINGERPRINT_WORDS]!, into.fingerprints.fill(0, i * FINGERPRINT_WORDS + 1, (i + 1) * FINGERPRINT_WORDS)',
      },
    ],
  },
  {
    name: 'fingerprint-of-the-whole-event',
    law: '4: a copy that the front door gave another device counts again',
    edits: [
      {
        file: DECODE,
        from: 'ends: idEnd, out: into.fingerprints',
        to: 'ends: into.columns.bodyEnd, out: into.fingerprints',
      },
    ],
  },
  {
    name: 'fingerprint-without-type',
    law: '4: events that differ in type are taken for copies',
    edits: [
      {
        file: DECODE,
        from: 'this.#key.hash(bytes, count, [',
        to: 'const typeless = Uint8Array.from(bytes)\n    for (let i = 0; i < count; i++) if (fault[i] === 0) typeless.fill(0, into.columns.videoEnd[i], keyEnd[i])\n    this.#key.hash(typeless, count, [',
      },
    ],
  },
  {
    name: 'fingerprint-without-source',
    law: '4: CloudEvents of two sources are taken for copies',
    edits: [{ file: DECODE, from: 'addSources(into, this.#key)', to: '' }],
  },
  {
    name: 'source-kept-from-before-the-upgrade',
    law: '4: a CloudEvent that was stored without its source is stored with it when it is sent again',
    edits: [
      {
        file: 'model/parse-event.ts',
        from: 'timeMs < context.sourcesFromMs ? null : (source ?? null)',
        to: 'source ?? null',
      },
    ],
  },
  {
    name: 'sources-from-the-upgrade-on',
    law: '4: sources belong to names while partitioners of the version before still leave them out',
    edits: [{ file: 'model/naming.ts', from: '(nowMs + leadMs)', to: 'nowMs' }],
  },
  {
    name: 'fingerprint-of-the-id-alone',
    law: '4: an id that any video has seen is taken for a copy',
    edits: [{ file: DECODE, from: '{ starts, ends: idEnd,', to: '{ starts: keyEnd, ends: idEnd,' }],
  },
  {
    name: 'fingerprint-under-a-public-hash',
    law: '4: videos that share 32 bits of a public hash share their ids',
    edits: [
      {
        file: DECODE,
        from: "import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'",
        to: "import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'\nimport { murmur3x86_32, murmur3x86_128 } from '../../../model/murmur3.ts'",
      },
      {
        file: DECODE,
        from: 'into.keyHashes[i] = this.#keyWords[i * FINGERPRINT_WORDS]!',
        to: 'into.keyHashes[i] = this.#keyWords[i * FINGERPRINT_WORDS]!, murmur3x86_128(bytes, keyEnd[i]!, idEnd[i]!, murmur3x86_32(bytes, starts[i]!, into.columns.videoEnd[i]!, 0), into.fingerprints, i * FINGERPRINT_WORDS)',
      },
    ],
  },
  {
    name: 'key-that-differs-between-owners',
    law: '4: whoever writes a key last counts under it, while others count under the first',
    edits: [
      {
        file: 'stores/log/kafka/naming.ts',
        from: 'entries.find(',
        to: 'entries.findLast(',
      },
    ],
  },
  {
    name: 'snapshot-of-another-key',
    law: '4: ids are looked for among fingerprints that another key made',
    edits: [
      {
        file: 'services/processing/core/snapshot.ts',
        from: ' || head.keyId !== keyId',
        to: '',
      },
    ],
  },
  {
    name: 'hint-of-another-key',
    law: '4: hint blocks stand in for the log, whatever key they were made with',
    edits: [
      {
        file: 'services/processing/core/rebuild.ts',
        from: 'if (block.keyId !== state.keyId) return false',
        to: '',
      },
    ],
  },
]
