// A simulation in words, its assumptions with it. Pure.
import { count, duration } from './quantity.ts'
import {
  type Evenness,
  MINUTES,
  type Outcome,
  RANKS_MAX,
  SESSION_S,
  type Simulation,
  SPLIT_RULE,
} from './simulate.ts'

const NAME_COLUMNS = 31

export function simulationLines(done: Simulation): string[] {
  return [
    `Simulated: ${done.partitions} partitions, ${done.processes} processors and ${done.brokers} brokers`,
    `in three zones, ${MINUTES} minutes, seed ${done.seed}.`,
    'Load of the most loaded one, in terms of the mean of all: in the average minute, and in the worst',
    ...outcomeLines('no video is split', done.unsplit),
    ...outcomeLines(
      done.splitVideos === 0
        ? 'hot videos split: none is hot'
        : `hot videos split: ${done.splitVideos}, one of them over ${done.partsMax} partitions`,
      done.split,
    ),
    '',
    'Assumed:',
    `- Videos by the law of the plan, the same in all minutes. The hottest ${count(RANKS_MAX)} are routed one by one`,
    '  by video and minute, as the product does it; the rest evenly. Loads are expected ones, without chance.',
    `- Splits are what its policy decides at ${count(SPLIT_RULE.eventsPerSecond)} events/s`,
    '  (HOT_VIDEO_EVENTS_PER_SECOND).',
    '- Partitions are dealt in turn to processes and leaders, and those to zones. A zone is lost: its partitions are',
    '  dealt to the rest, which keeps its own. Kafka and Cassandra have a copy of everything in each zone.',
    `- The group notices after ${SESSION_S} s. Reading back the ids of moved partitions is not in it.`,
    '- Balancers spread requests evenly over partitioners, which then carry half as much again.',
  ]
}

function outcomeLines(title: string, outcome: Outcome): string[] {
  const { partitions, processes, brokers, busiestCores, caughtUpS } = outcome
  const late = busiestCores.after > 1 ? ', so it falls behind then' : ''
  const behind = caughtUpS === null ? 'never: it has more to do than a core can' : duration(caughtUpS)
  return [
    `  ${title}`,
    line('partition', ratios(partitions)),
    line('process', `${ratios(processes.before)}; a zone lost: ${ratios(processes.after)}`),
    line('broker, as leader', `${ratios(brokers.before)}; a zone lost: ${ratios(brokers.after)}`),
    line(
      'busiest process, of its core',
      `${percent(busiestCores.before)}; a zone lost: ${percent(busiestCores.after)}${late}`,
    ),
    line('caught up after the loss in', behind),
  ]
}

function ratios({ typical, worst }: Evenness): string {
  return `${typical.toFixed(2)}, ${worst.toFixed(2)}`
}

function percent(cores: number): string {
  return `${Math.round(cores * 100)} %`
}

function line(name: string, text: string): string {
  return `    ${name.padEnd(NAME_COLUMNS - 2)}${text}`
}
