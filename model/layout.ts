// The layout says which partition an event goes to. The event's own minute selects the layout, so that a retry,
// whoever sends it and whenever, lands in the same place (law 5).

export type Layout = {
  readonly version: number
  /** In force for events of this minute (since the epoch) and later, until the first minute of a newer layout. */
  readonly fromMinute: number
  /** Partitions 0 … partitions-1 are shared by all videos. */
  readonly partitions: number
  /** Hot videos: over how many partitions each one's events are spread. */
  readonly splits: ReadonlyMap<string, number>
  /** Channels with partitions of their own, which come after the shared ones. */
  readonly dedicated: ReadonlyMap<string, { readonly first: number; readonly count: number }>
  /** Events of its minutes take the overload lane. */
  readonly overflow?: boolean
  /** The splits that the rates of videos made and may undo. The others are an operator's. */
  readonly automatic?: ReadonlySet<string>
  /** What settings asked for last; missing where that is all that is not automatic. */
  readonly settings?: AskedBySettings
}

export type AskedBySettings = {
  readonly splits: ReadonlyMap<string, number>
  /** Channels, and how many partitions of their own they have. */
  readonly dedicated: ReadonlyMap<string, number>
}
