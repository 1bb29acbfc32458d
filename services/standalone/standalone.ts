// The whole product in one process on embedded storage: all parts, on a backing that is its own.
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { type Service, startService } from '../../lib/http/start-service.ts'
import type { Running } from '../../lib/run-process.ts'
import type { EarlierHorizon } from '../../model/horizons.ts'
import { type EmbeddedBacking, openEmbedded } from '../../stores/backing/embedded.ts'
import { AllSources } from '../../stores/ownership/all-sources.ts'
import { registerOpenApi } from '../description.ts'
import { addPartitioner } from '../partitioner/partitioner-part.ts'
import { openDoorThreads } from '../partitioner/threads/door-threads.ts'
import type { Packing } from '../partitioner/threads/packing.ts'
import type { Processing } from '../processing/processing.ts'
import { addProcessing } from '../processing/processing-part.ts'
import type { FromArchive } from '../query/deps.ts'
import { addQueries } from '../query/query-part.ts'
import { addAlerts } from '../reconciler/alerts/alerts-part.ts'
import { type BatchArchive, openBatchArchive } from '../reconciler/archiving/open-archive.ts'
import { sharedSources } from '../reconciler/archiving/shared-sources.ts'
import type { BatchLayer } from '../reconciler/batch-layer.ts'
import { addBatchLayer, probeAt } from '../reconciler/batch-part.ts'
import { registerBackup } from '../reconciler/operators/backup-routes.ts'
import { answerFromArchive } from '../reconciler/questions/archive-query-route.ts'
import { answerFiltered } from '../reconciler/questions/filtered-route.ts'
import { backupOf } from './backup.ts'
import { hintsOf } from './hints.ts'
import { Losses } from './loss.ts'
import { OwnImports } from './own-imports.ts'
import { recountLosses, tellLosses } from './recount-losses.ts'
import type { StandaloneSettings } from './settings.ts'
import { removeWhatIsOld } from './upkeep.ts'
import { checkLogIsWhole } from './whole-log.ts'

/** Opens, starts and listens. Fails with a DataDirectoryError or LogError that says what to do. */
export async function startStandalone(asked: StandaloneSettings): Promise<Running> {
  const { signal } = new AbortController() // it waits for nobody, so it needs not be told to wait no more
  let needsKey = false
  const running = await startService('tally', asked, signal, async (service) => {
    const { stack } = service
    const stored = await openEmbedded(service, asked)
    const settings = withEarlierHorizons(asked, stored.forms.earlierHorizons)
    const losses = new Losses(service.logger)
    tellLosses(losses, stored.forms)
    const { log, counts, forms } = stored
    const { workers, limits } = settings
    const archives = await openBatchArchive(service, { ...settings.batch, ...settings, writers: workers })
    await checkLogIsWhole({ log, counts, archive: archives.archive }, forms.directory)
    const rules = { ...limits, sourcesFromMs: stored.naming.sourcesFromMs }
    const packing = await openDoorThreads(service, workers, rules)
    const imports = await OwnImports.open(stored.journal)
    const known = { losses, imports }
    const { processing, layer } = addParts(service, { ...stored, ...archives, packing }, settings, known)
    removeWhatIsOld(service, stored, settings.retention, processing, layer.reconciler)
    const sources = new AllSources(log, forms.log)
    const shared = sharedSources(service, log, sources, layer, settings.batch.retry)
    stack.defer(async () => {
      await Promise.all([shared.close(), layer.stop(), processing.stop(settings.shutdownTimeoutMs)])
    })
    await sources.claim((all) => processing.own(all))
    const url = await service.listen()
    await shared.begin()
    if (losses.isCounting) layer.reconciler.request(null)
    probeAt(url, layer, settings.probe, service.keys)
    needsKey = service.keys.areOn
  })
  return { ...running, hints: hintsOf({ ...running, ...asked, needsKey }) }
}

/** For those who count, and those who count again: what the log remembers, beside what HORIZON_BEFORE names. */
function withEarlierHorizons(
  settings: StandaloneSettings,
  remembered: readonly EarlierHorizon[],
): StandaloneSettings {
  const { driver, batch } = settings
  const earlierHorizons = [...remembered, ...(driver.earlierHorizons ?? [])]
  return { ...settings, driver: { ...driver, earlierHorizons }, batch: { ...batch, earlierHorizons } }
}

/** They do nothing yet but answer. */
function addParts(
  service: Service,
  backing: EmbeddedBacking & BatchArchive & { readonly packing: Packing | null },
  settings: StandaloneSettings,
  { losses, imports }: { readonly losses: Losses; readonly imports: OwnImports },
): { readonly processing: Processing; readonly layer: BatchLayer } {
  const { app, registry, readiness, keys, keyWarnings } = service
  const { horizonMs } = settings.driver
  const processing = addProcessing(service, backing, settings.driver)
  const asOfMs = () => processing.progress().asOfMs
  const rate = new QueryRate(settings.rate, service.clock)
  // What the batch layer needs of the answers is made before it.
  const fromArchive: FromArchive = {
    query: (...asked) => answerFromArchive(batch.fromArchive)(...asked),
    stats: (...asked) => answerFiltered(batch.fromArchive)(...asked),
  }
  const answers = addQueries(
    service,
    backing,
    { ...settings, horizonMs },
    {
      progress: () => processing.progress(),
      coverage: () => backing.forms.stores.rollups.reconciled,
      vouched: () => losses.vouched,
      importing: () => imports.importing(backing.forms.stores.rollups.reconciled),
    },
    rate,
    fromArchive,
  )
  const batch = addBatchLayer(service, backing, settings, {
    plans: null,
    ...{ asOfMs, rate },
    vouched: async () => losses.vouched,
    countedAsOfMs: async () => asOfMs(),
    forget: async () => answers.forgetAll(),
    onImported: () => imports.look(),
    onRecounted: recountLosses(service, losses, backing, settings.batch, answers.forgetAll),
  })
  const { layer } = batch
  const leads = () => layer.reconciler.leads
  addAlerts(service, { alerts: backing.alerts, answers, leads, rate }, settings.alerts)
  addPartitioner(service, backing, settings)
  registerBackup(app, { keys, rate, writeBackup: backupOf(service, backing) })
  registerOpenApi(app, keys)
  registerOperations(app, {
    ...{ admin: service.admin, registry, readiness },
    // Events are taken, counted and answered without the batch layer: its troubles are no reason to send elsewhere.
    warnings: () => [...losses.warnings, ...keyWarnings(), ...layer.reasons().map(({ detail }) => detail)],
  })
  return { processing, layer }
}
