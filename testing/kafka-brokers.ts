// The addresses of real brokers for tests: without KAFKA_BROKERS they are skipped.

/** host:port of the brokers, from KAFKA_BROKERS. */
export function testBrokers(): string[] {
  const given = process.env.KAFKA_BROKERS
  if (given === undefined)
    throw new Error('Set KAFKA_BROKERS to the brokers to test against, like 127.0.0.1:19092.')
  return given.split(',')
}
