// npm run spark: fetches Apache Spark for this machine, and says how recounts are done by it.
import { commandLine } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { readInfraSettings } from '../settings.ts'
import { installSpark } from './install-spark.ts'

commandLine({
  usage: 'npm run spark      fetches Apache Spark (500 MB, once), and prints the settings that use it',
})
try {
  const { home, python } = await installSpark(readInfraSettings(process.env).programs)
  console.log(`export RECOUNT_ENGINE=spark SPARK_HOME=${home} PYSPARK_PYTHON=${python}`)
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(`spark: ${error.message}`)
  process.exitCode = 1
}
