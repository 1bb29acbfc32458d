// Fetches Apache Spark from PyPI, once: 500 MB.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint } from '../native/fingerprint.ts'
import { fetchJars } from '../native/maven.ts'
import { fetchPackages } from '../native/python.ts'
import { runProgram } from '../native/run-program.ts'

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const POM = fileURLToPath(new URL('./pom.xml', import.meta.url))
const JAVA_HINT = 'Install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless).'
const FIND = 'import os, pyspark; print(os.path.dirname(pyspark.__file__))'

export type InstalledSpark = {
  /** The directory of Spark. */
  readonly home: string
  /** The Python that it was installed for. */
  readonly python: string
}

/** @param programs the directory of programs. Fails with an InfraFault. */
export async function installSpark(programs: string): Promise<InstalledSpark> {
  await runProgram('java', ['-version'], { hint: JAVA_HINT })
  const python = await fetchPackages(REQUIREMENTS, join(programs, 'pyspark'))
  const home = (await runProgram(python, ['-c', FIND])).trim()
  return { home, python }
}

/** What Spark needs to reach a bucket. Returns the directory of its jars. Fails with an InfraFault. */
export async function installHadoopAws(programs: string): Promise<string> {
  const directory = join(programs, `spark-hadoop-aws-${await fingerprint([POM])}`)
  await fetchJars(POM, directory)
  return directory
}
