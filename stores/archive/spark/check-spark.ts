// Whether Spark can be started here at all: asked once, when the process starts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Environment } from '../../../lib/settings-reader.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import { SparkFault } from './spark-fault.ts'
import type { SparkSettings } from './spark-settings.ts'
import { passedOn, sparkSubmit } from './spark-submit.ts'

const CHECK_MS_MAX = 120 * SECOND_MS
/** From which on it has all that recount.py uses. */
const OLDEST = { major: 3, minor: 5 }
const HINT = 'It needs Java 17 or 21 as `java` or in JAVA_HOME.'

/** The version of Spark. Fails with `spark_missing`, which says what is missing. */
export async function checkSpark(
  { home }: Pick<SparkSettings, 'home'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<string> {
  const asked = { home, args: ['--version'], environment, timeoutMs: CHECK_MS_MAX, signal }
  const said = await sparkSubmit(asked).catch((cause) => {
    if (!(cause instanceof SparkFault) || cause.code === 'spark_missing') throw cause
    throw new SparkFault('spark_missing', `Spark cannot be started: ${cause.message}. ${HINT}`, { cause })
  })
  await checkPython(environment)
  const [version, major, minor] = /\b(\d+)\.(\d+)\.\d+\S*/.exec(said) ?? []
  if (version === undefined)
    throw new SparkFault('spark_missing', `${home} does not say its version of Spark`)
  const isOld =
    Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor)
  if (isOld)
    throw new SparkFault('spark_missing', `Spark ${version} is too old: 3.5 is the oldest that counts`)
  return version
}

/** The same one that Spark takes. */
async function checkPython(environment: Environment): Promise<void> {
  const { PYSPARK_DRIVER_PYTHON: ofDriver, PYSPARK_PYTHON: ofAll } = environment
  const python = ofDriver || ofAll || 'python3'
  const child = spawn(python, ['--version'], { env: passedOn(environment), stdio: 'ignore' })
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => [error.code])
  if (code === 0) return
  throw new SparkFault('spark_missing', `Spark needs Python 3: ${python} (PYSPARK_PYTHON) ended with ${code}`)
}
