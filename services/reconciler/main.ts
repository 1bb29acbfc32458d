// The batch layer as a process of its own: archives, recounts, corrects, audits.
import { commandLine } from '../../lib/command-line.ts'
import { run } from '../../lib/run-process.ts'
import { startReconciler } from './service.ts'
import { readSettings } from './settings.ts'

commandLine({
  usage:
    'npm run reconciler      the batch layer; docs/settings.md names the environment variables that it reads',
})
await run((signal) => startReconciler(readSettings(process.env), signal))
