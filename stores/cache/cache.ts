// A cache that processes share. It only saves time: whatever it forgets or refuses is computed again. It
// knows nothing of what the values mean.

/**
 * The cached value of a key, and the mark of the key's group, which must be given when a new value is written.
 */
export type Kept = { readonly mark: string; readonly value: Uint8Array | null }

/**
 * Keys come in groups that are invalidated as a whole. A group has a mark, which changes for good whenever the group
 * is invalidated, evicted or lost; a value counts only under the mark that it was written with. So a value that was
 * computed before an invalidation is never returned after it, however late it is written. Every call may be rejected,
 * with any error, at any time.
 */
export interface SharedCache {
  read(group: string, key: string): Promise<Kept>
  /** `mark` must have been read before the value was computed. */
  write(group: string, key: string, mark: string, value: Uint8Array, ttlMs: number): Promise<void>
  /** Resolved means that no value written under an earlier mark is ever returned again; safe to repeat. */
  invalidate(group: string): Promise<void>
}
