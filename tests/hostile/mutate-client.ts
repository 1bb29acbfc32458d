// Preloaded for a mutant: loads the SDK into Node with one of its rules broken.
import { breakSource } from '../../simulator/break-source.ts'
import { CLIENT_MUTANTS } from './client-mutants.ts'

breakSource(CLIENT_MUTANTS, process.env.MUTANT)
