// The batch layer as a process of its own: archives, recounts, corrects, audits.
import { commandLine } from '../runtime/command-line.ts'
import { run } from '../runtime/run.ts'
import { startReconciler } from './service.ts'
import { readSettings } from './settings.ts'

commandLine(
  'npm run reconciler      the batch layer; README.md names the environment variables that it reads',
  {},
)
await run((signal) => startReconciler(readSettings(process.env), signal))
