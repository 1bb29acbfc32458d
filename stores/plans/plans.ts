// Work that processes share: a plan of numbered shares, and what came of each. Whoever carries a share out notes its
// result; a share may be carried out more than once, and by several at once.

/** Values are JSON. All calls are safe to repeat. Rejections are temporary: try again. */
export interface Plans {
  /**
   * Makes a plan the current one, if there is none. False: there is, or somebody proposed another at the same time, and
   * this plan is withdrawn.
   * @param version higher than that of every plan before
   */
  propose(version: number, plan: unknown): Promise<boolean>
  /** The plan that is to be carried out now. Everyone sees the same one, as long as it is not dropped. */
  current(): Promise<{ readonly version: number; readonly plan: unknown } | null>
  /** Notes what came of a share. */
  note(version: number, share: number, result: unknown): Promise<void>
  /** The shares of which a result is noted. */
  noted(version: number): Promise<ReadonlySet<number>>
  /** The results by share; of a share whose result is damaged, none. */
  results(version: number): Promise<ReadonlyMap<number, unknown>>
  /** Forgets a plan and its results: it is carried out, and what came of it is stored. */
  drop(version: number): Promise<void>
}
