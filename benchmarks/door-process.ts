// The front door on the embedded log, without what standalone adds to it, so that the shares of the CPU can be told
// apart. PARTS door: takes events and appends them; PARTS counting also counts them. Nothing is archived or answered.
import { registerOperations } from '../lib/http/operations.ts'
import { startService } from '../lib/http/start-service.ts'
import { run } from '../lib/run-process.ts'
import { addPartitioner } from '../services/partitioner/partitioner-part.ts'
import { addProcessing } from '../services/processing/processing-part.ts'
import { readSettings } from '../services/standalone/settings.ts'
import { openEmbedded } from '../stores/backing/embedded.ts'
import { AllSources } from '../stores/ownership/all-sources.ts'

const isCounting = process.env.PARTS === 'counting'

await run(() => {
  const settings = readSettings(process.env)
  const { signal } = new AbortController()
  return startService('tally', settings, signal, async (service) => {
    const { app, registry, readiness, stack } = service
    const stored = await openEmbedded(service, settings)
    addPartitioner(service, stored, settings)
    registerOperations(app, { registry, readiness })
    if (isCounting) {
      const processing = addProcessing(service, stored, settings.driver)
      stack.defer(() => processing.stop(settings.shutdownTimeoutMs))
      await new AllSources(stored.log).claim((sources) => processing.own(sources))
    }
    await service.listen()
  })
})
