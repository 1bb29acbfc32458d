// Runs the recount on a local Spark, which is downloaded once. It knows how to start Spark, not what is counted.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchPackages } from '../native/python.ts'
import { runProgram } from '../native/run-program.ts'

const SCRIPT = fileURLToPath(new URL('./recount.py', import.meta.url))
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const JAVA_HINT = 'Install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless).'

export type SparkQuestion = {
  /** The directory with the archive's `date=…` folders. */
  readonly archive: string
  /** A directory for the result as Parquet files; existing files are replaced. */
  readonly out: string
  /** Minutes since the epoch, half-open. */
  readonly fromMinute: number
  readonly beforeMinute: number
  readonly horizonMs: number
  readonly aheadMs: number
}

export type SparkRun = {
  /** The directory of programs, to which Spark is downloaded once. */
  readonly programs: string
  readonly cores: number
  readonly memoryMib: number
  /** The directory for spilling. */
  readonly scratchDirectory: string
}

/** Installs what the recount needs: some 500 MB the first time. Fails with an InfraFault. */
export async function installSpark(programs: string): Promise<string> {
  await runProgram('java', ['-version'], { hint: JAVA_HINT })
  return fetchPackages(REQUIREMENTS, join(programs, 'pyspark'))
}

/** Fails with an InfraFault that holds Spark's output. */
export async function recountBySpark(question: SparkQuestion, run: SparkRun): Promise<void> {
  const python = await installSpark(run.programs)
  const settings = {
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.local.dir': run.scratchDirectory,
    'spark.sql.shuffle.partitions': String(4 * run.cores),
    'spark.sql.session.timeZone': 'UTC',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`])
  const submit = ['--master', `local[${run.cores}]`, '--driver-memory', `${run.memoryMib}m`, ...flags]
  const args = Object.entries(question).flatMap(([name, value]) => [flagOf(name), String(value)])
  await runProgram(python, [SCRIPT, ...args], {
    environment: {
      PYSPARK_SUBMIT_ARGS: [...submit.map(quoted), 'pyspark-shell'].join(' '),
      PYSPARK_PYTHON: python,
      SPARK_LOCAL_IP: '127.0.0.1',
    },
  })
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** PySpark splits its arguments as a shell does. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`
}
