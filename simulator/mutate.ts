// Preloaded for a mutant: loads the modules of the product into Node with one law broken in their source.
import { breakSource } from './break-source.ts'
import { MUTANTS } from './mutants.ts'

breakSource(MUTANTS, process.env.MUTANT)
