// Named files, on a local disk or in an object store. Complete or absent: nobody sees half an object.

export type ObjectInfo = {
  readonly key: string
  readonly bytes: number
  /** Epoch ms. */
  readonly modifiedMs: number
}

/**
 * Keys are `/`-separated words of [A-Za-z0-9._=-]. All calls are safe to repeat. Rejections are temporary: try again.
 */
export interface ObjectStore {
  /** Resolved means durable. Replaces an existing object. */
  write(key: string, bytes: Uint8Array): Promise<void>
  /** Null if there is no such object. */
  read(key: string): Promise<Uint8Array | null>
  /** Moves a finished local file into the store. Resolved means durable. */
  upload(key: string, path: string): Promise<void>
  /**
   * Makes the object readable as a local file until `release`. Rejects with ObjectMissing if there is none (it may
   * have been removed since it was listed).
   */
  open(key: string): Promise<{ readonly path: string; release(): Promise<void> }>
  /** All objects whose keys begin with the prefix, in order of their keys. */
  list(prefix: string): Promise<readonly ObjectInfo[]>
  /** Missing objects are not an error. */
  remove(keys: readonly string[]): Promise<void>
}

export class ObjectMissing extends Error {
  readonly code = 'object_missing'
  constructor(key: string) {
    super(`There is no object ${key}.`)
    this.name = 'ObjectMissing'
  }
}
