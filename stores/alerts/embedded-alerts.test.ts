import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openEmbeddedStores } from '../counts/embedded/embedded-stores.ts'
import { alertsContract } from './alerts-contract.ts'
import { EmbeddedAlerts } from './embedded-alerts.ts'

alertsContract('The embedded alerts', async () => {
  const directory = await temporaryDirectory()
  const stores = await openEmbeddedStores({ directory: directory.path })
  return {
    alerts: new EmbeddedAlerts(stores.database),
    async close() {
      await stores.close()
      await directory[Symbol.asyncDispose]()
    },
  }
})
