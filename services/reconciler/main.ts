// The batch layer as a process of its own: archives, recounts, corrects, audits.
import { run } from '../process/run.ts'
import { startReconciler } from './service.ts'
import { readSettings } from './settings.ts'

await run((signal) => startReconciler(readSettings(process.env), signal))
