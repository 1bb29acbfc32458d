// Hint blocks in memory: the reference form, for tests. It keeps them as bytes, as every store does.

import { decodeHintBlock, encodeHintBlock } from '../stores/hints/hint-block.ts'
import type { HintBlock, HintStore } from '../stores/hints/hints.ts'

export class MemoryHints implements HintStore {
  readonly #blocks = new Map<string, Uint8Array[]>()

  async put(sourceId: string, block: HintBlock): Promise<void> {
    this.blocks(sourceId).push(encodeHintBlock(sourceId, block))
  }

  async read(sourceId: string, from: number, to: number): Promise<readonly HintBlock[]> {
    return this.blocks(sourceId)
      .map((bytes) => decodeHintBlock(sourceId, bytes))
      .filter((block) => block !== null)
      .filter((block) => block.to > from && block.from < to)
      .sort((a, b) => a.from - b.from)
  }

  /** The stored blocks of a source, for tests that damage them. */
  blocks(sourceId: string): Uint8Array[] {
    const blocks = this.#blocks.get(sourceId) ?? []
    this.#blocks.set(sourceId, blocks)
    return blocks
  }
}
