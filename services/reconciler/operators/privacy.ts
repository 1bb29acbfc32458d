// Forgets viewers and removes videos. An act is noted, and then carried out repeatedly until everything that happened
// before it has gone through the log into the counts and the archive, so that nothing in flight brings removed data
// back.
import type { Archive, ArchiveKeeper, InTime } from '../../../stores/archive/archive.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import { EVENT_LANES, type Log, sourcesOf } from '../../../stores/log/log.ts'
import type { VideoWriter } from '../../../stores/videos/videos.ts'
import { type Act, type ActName, Acts } from './admin-acts.ts'
import { type ClearingPorts, clearCounts, versionAfter } from './clear-counts.ts'
import { clearSites, type SitePorts } from './clear-sites.ts'

export type PrivacyPorts = ClearingPorts & {
  readonly log: Pick<Log, 'sources' | 'bounds'>
  readonly archive: Pick<Archive, 'checkpoints'> &
    Pick<ArchiveKeeper, 'forgetViewer' | 'removeVideo'> &
    SitePorts['archive']
  readonly videos: Pick<VideoWriter, 'remove'>
  readonly journal: Journal
}

export class Privacy {
  readonly acts: Acts
  readonly #ports: PrivacyPorts
  readonly #inTime: InTime
  /** Of the latest totals of a site: two removals in a millisecond may concern the same. */
  #version = 0
  /** Called with the reason if an act could not be begun at once: the next run of the leader does it. */
  readonly #onError: (error: unknown) => void

  /** `inTime`: the window in which the stream counts events. */
  constructor(ports: PrivacyPorts, inTime: InTime, onError: (error: unknown) => void) {
    this.acts = new Acts(ports.journal, ports.clock)
    this.#ports = ports
    this.#inTime = inTime
    this.#onError = onError
  }

  /** Notes an act and clears the counts at once, in any process. Fails if it could not be noted. */
  async begin(name: ActName, tenant: string, subject: string, by: string | null): Promise<Act> {
    const act = await this.acts.begin(name, tenant, subject, by)
    await this.#clear(act).catch(this.#onError)
    return act
  }

  /**
   * Carries out the acts that are not completed. Only for the leading process, after a run in which minutes before
   * `closedTo` were closed. Fails with the first error of the ports, after all acts were tried: one that cannot be
   * carried out does not hold up the others.
   */
  async carryOut(closedTo: number): Promise<void> {
    const failed: unknown[] = []
    for (const act of await this.acts.pending())
      await this.#carryOn(act, closedTo).catch((error) => void failed.push(error))
    if (failed.length > 0) throw failed[0]
  }

  async #carryOn(act: Act, closedTo: number): Promise<void> {
    const isSettled = act.ends !== null && (await this.#isArchivedTo(act.ends))
    if (act.act === 'remove-video') {
      if (!act.titleRemoved) await this.#ports.videos.remove(act.tenant, act.subject)
      await this.#clear(act)
    }
    const events = !act.rewritten || isSettled ? await this.#rewrite(act) : 0
    const isClosed = closedTo >= act.beforeMinute
    const next: Act = {
      ...act,
      events: act.events + events,
      titleRemoved: true,
      rewritten: true,
      ends: act.ends ?? (isClosed ? await this.#ends() : null),
      doneMs: isSettled ? this.#ports.clock.nowMs() : null,
    }
    const isNews = !act.rewritten || next.ends !== act.ends || isSettled
    if (isNews) await this.acts.keep(next)
  }

  async #clear({ act, tenant, subject, beforeMinute }: Act): Promise<void> {
    if (act === 'remove-video') await clearCounts(this.#ports, tenant, subject, beforeMinute)
  }

  async #rewrite({ act, tenant, subject, beforeMinute }: Act): Promise<number> {
    const { archive, rollups, clock } = this.#ports
    if (act === 'forget-viewer') return archive.forgetViewer(tenant, subject)
    this.#version = Math.max(await versionAfter({ rollups, clock }), this.#version + 1)
    const removed = { tenant, videoId: subject, beforeMinute }
    await clearSites(this.#ports, this.#inTime, removed, this.#version)
    return (await archive.removeVideo(tenant, subject, beforeMinute)).events
  }

  /** Read when a minute is closed: everything of it that the stream found late has a lower offset. */
  async #ends(): Promise<Record<string, number>> {
    const { log } = this.#ports
    const sources = await sourcesOf(log, EVENT_LANES)
    const bounds = await Promise.all(sources.map((source) => log.bounds(source)))
    return Object.fromEntries(
      sources.flatMap(({ id }, i) => {
        const { startOffset, endOffset } = bounds[i]!
        return endOffset > startOffset ? [[id, endOffset]] : []
      }),
    )
  }

  async #isArchivedTo(ends: Readonly<Record<string, number>>): Promise<boolean> {
    const checkpoints = await this.#ports.archive.checkpoints()
    return Object.entries(ends).every(([id, end]) => (checkpoints.get(id)?.nextOffset ?? 0) >= end)
  }
}
