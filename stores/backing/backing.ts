// All that is stored, as the parts of the product use it. Each part names what it needs; a process opens that in one
// form: everything on its own disk (embedded.ts), or on servers that processes share (on-kafka.ts, on-cassandra.ts,
// on-redis.ts).
import type { Coverage } from '../../model/coverage.ts'
import type { Naming } from '../../model/naming.ts'
import type { Kept } from '../../model/retention.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Archive, ArchiveKeeper } from '../archive/archive.ts'
import type { SharedCache } from '../cache/cache.ts'
import type { ChangeSubscriber } from '../changes/changes.ts'
import type { Checkpoint, CountAudit, CountReader, CountWriter, VideoScan } from '../counts/counts.ts'
import type { Journal } from '../counts/journal.ts'
import type { RollupReader, RollupWriter } from '../counts/rollups.ts'
import type { HintStore } from '../hints/hints.ts'
import type { ChangeableLayouts } from '../layouts/layouts.ts'
import type { OpenedOverflow } from '../log/open-overflow.ts'
import type { RateLimit, SenderLimits } from '../rate-limit/rate-limit.ts'
import type { SharedRates } from '../rates/rates.ts'
import type { SnapshotStore } from '../snapshots/snapshots.ts'
import type { TopReader } from '../tops/tops.ts'
import type { Uniques } from '../uniques/uniques.ts'
import type { AnnotationReader, AnnotationWriter } from '../videos/annotations.ts'
import type { VideoReader, VideoWriter } from '../videos/videos.ts'
import type { Viewers } from '../viewers/viewers.ts'
import type { News } from './announced-counts.ts'

export type Backing = OpenedOverflow & {
  readonly layouts: ChangeableLayouts
  readonly naming: Naming
  readonly rateLimit: RateLimit
  readonly senderLimits: SenderLimits
  /** How often videos are named, over all partitioners. */
  readonly rates: SharedRates

  readonly counts: CountReader & CountWriter & CountAudit & VideoScan & CheckpointReader
  readonly rollups: RollupReader & RollupWriter & VideoScan
  readonly journal: Journal
  readonly alerts: Alerts
  readonly uniques: Uniques
  /** What the audit is answered from. */
  readonly audits: {
    readonly rollups: Pick<RollupReader, 'readHours' | 'readReconciled'>
    readonly journal: Pick<Journal, 'latest'>
  }
  /** How fine the past can be read that is recounted so far. */
  readonly kept: (nowMs: number, coverage: Coverage | null) => Kept
  /** Whether other processes change what is stored, too. */
  readonly isShared: boolean

  /** To be told of what is stored; null where nobody listens. */
  readonly news: News | null
  readonly changes: ChangeSubscriber
  readonly tops: TopReader
  readonly viewers: Viewers
  readonly videos: VideoReader & VideoWriter & AnnotationReader & AnnotationWriter
  /** Answers that processes share; null where there is none. */
  readonly cache: SharedCache | null

  readonly hints: HintStore | null
  readonly snapshots: SnapshotStore
  readonly archive: Archive & ArchiveKeeper
}

interface CheckpointReader {
  /** The latest checkpoint of every source. */
  checkpoints(): Promise<ReadonlyMap<string, Checkpoint>>
}
