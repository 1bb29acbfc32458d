// Where snapshots of sources' states are kept.

/** The newest snapshot of a source's state. It only saves time: null or damaged bytes cost no counts. */
export interface SnapshotStore {
  /** The caller owns the bytes: it may write into them. */
  read(sourceId: string): Promise<Uint8Array | null>
  write(sourceId: string, bytes: Uint8Array): Promise<void>
}
