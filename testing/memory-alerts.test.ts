import { alertsContract } from '../stores/alerts/alerts-contract.ts'
import { MemoryAlerts } from './memory-alerts.ts'

alertsContract('The alerts in memory', async () => ({ alerts: new MemoryAlerts(), close: async () => {} }))
