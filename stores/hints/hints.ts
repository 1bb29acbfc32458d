// Hint blocks: ids that an owner has seen, from which the next owner may learn them sooner than from the log.

/**
 * The ids that were new in a range of a source: offsets [from, to). A hint may be lost at any time; a reader must
 * check that hints join without a gap (law 4).
 */
export type HintBlock = {
  /** Which key made the fingerprints; under another key they are useless. */
  readonly keyId: string
  readonly from: number
  readonly to: number
  /** The highest log time before `to`. */
  readonly logTimeMs: number
  /** Per id five words: the event's minute, then its fingerprint. */
  readonly entries: Uint32Array
}

export interface HintStore {
  put(sourceId: string, block: HintBlock): Promise<void>
  /** Blocks that overlap [from, to), in order of `from`; as many as are still there. */
  read(sourceId: string, from: number, to: number): Promise<readonly HintBlock[]>
}
