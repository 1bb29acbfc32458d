// What goes wrong with Spark, in words for operators.
import { Fault } from '../../../lib/fault.ts'

export type SparkFaultCode = 'spark_missing' | 'spark_failed' | 'spark_too_slow' | 'spark_incomplete'

export class SparkFault extends Fault {
  override readonly name = 'SparkFault'
  readonly code: SparkFaultCode
  constructor(code: SparkFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
