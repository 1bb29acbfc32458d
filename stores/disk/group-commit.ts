// One commit at a time for many callers: items that arrive while a commit runs form the next group, so that one sync
// serves them all. Knows nothing of what is committed.

export type GroupCommitOptions<Item, Result> = {
  /** Makes a group durable, all or nothing, and gives a result for each item, in order. */
  readonly commit: (group: readonly Item[]) => Promise<readonly Result[]>
  readonly weightOf: (item: Item) => number
  /** A group is closed by the item that reaches this weight. */
  readonly groupWeightMax: number
  /** The most that may wait: beyond it, `refusal` is thrown. */
  readonly queueWeightMax: number
  readonly refusal: () => Error
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>
  #queue: Waiting<Item, Result>[] = []
  #queueWeight = 0
  #running: Promise<void> | null = null

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options
  }

  /**
   * Resolves when the item is durable; rejects with the fault of its group's commit. Groups keep the order of
   * calls.
   */
  submit(item: Item): Promise<Result> {
    const weight = this.#options.weightOf(item)
    if (this.#queue.length > 0 && this.#queueWeight + weight > this.#options.queueWeightMax) {
      return Promise.reject(this.#options.refusal())
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#queue.push({ item, resolve, reject })
    this.#queueWeight += weight
    this.#running ??= this.#run()
    return promise
  }

  /** Resolves when nothing is in progress or waiting. */
  async drained(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await null // callers of the same turn join the group
    while (this.#queue.length > 0) await this.#commit(this.#takeGroup())
    this.#running = null
  }

  #takeGroup(): Waiting<Item, Result>[] {
    let weight = 0
    let length = 0
    while (length < this.#queue.length && weight < this.#options.groupWeightMax) {
      weight += this.#options.weightOf(this.#queue[length]!.item)
      length++
    }
    this.#queueWeight -= weight
    return this.#queue.splice(0, length)
  }

  async #commit(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.commit(group.map(({ item }) => item))
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
