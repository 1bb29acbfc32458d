// What the commands of the document are known by: each is in one block of it.
export const DOCUMENT = 'docs/operate/servers.md'

export const COMMANDS = {
  addController: 'add-controller',
  spread: '--generate',
  untilMoved: '--verify',
  leadByFirst: 'kafka-leader-election.sh',
  seeNothingLeft: 'grep -E "Replicas',
  removeController: 'remove-controller',
  forgetBroker: 'kafka-cluster.sh unregister',
  seeAllReplicas: '--under-replicated-partitions',
  replicate: 'ALTER KEYSPACE tally',
  repair: 'nodetool repair',
  cleanUp: 'nodetool cleanup',
  letGo: 'nodetool decommission',
  status: 'nodetool status',
} as const
