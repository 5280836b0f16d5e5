import { amountsFor, MANY_ROUTES, type MemoryRound, measureMemory } from '../measuring/memory.ts'
import { chartOf } from './chart.ts'
import { failureOf, headOf, rowOf, type Spread, shown, spreadOf } from './figures.ts'
import type { Section } from './section.ts'

const NAMES = ['nginx', 'Sluice', 'HAProxy']

interface Measured {
  name: string
  rounds: MemoryRound[]
  failure: string | null
}

function spreadAt({ rounds }: Measured, figure: keyof MemoryRound): Spread | null {
  return spreadOf(rounds.flatMap((round) => round[figure] ?? []))
}

function line(measured: Measured): string {
  if (measured.failure !== null) return rowOf([measured.name, failureOf(measured.failure), '', '', '', ''])
  const cell = (figure: keyof MemoryRound, digits: number) => {
    const spread = spreadAt(measured, figure)
    return spread === null ? null : shown(spread, digits)
  }
  return rowOf([measured.name, cell('idleMebibytes', 0), cell('manyRoutesMebibytes', 0), cell('connectionKibibytes', 1), cell('downMebibytes', 0), cell('upMebibytes', 0)])
}

export const memorySection: Section = {
  id: 'memory',
  title: 'Idle, for each kept connection, and while a large body is relayed',
  chapter: 'Memory',
  isInQuick: false,
  hasNpmPeers: false,
  async run(circumstances) {
    const { connections, megabytes, rounds } = amountsFor(circumstances.pace.isQuick)
    const all: Measured[] = []
    for (const name of NAMES) if (circumstances.peers.some((peer) => peer.name === name)) all.push({ name, rounds: [], failure: null })
    for (let round = 1; round <= rounds; round += 1) {
      for (const measured of all.filter(({ failure }) => failure === null)) {
        const peer = circumstances.peers.find(({ name }) => name === measured.name)
        try {
          if (peer !== undefined) measured.rounds.push(await measureMemory(peer, round, circumstances))
        } catch (error) {
          measured.failure = error instanceof Error ? error.message.slice(-300) : String(error)
          circumstances.say(`memory: ${measured.name} has no figure: ${measured.failure}`)
        }
      }
      circumstances.say(`memory: round ${round} of ${rounds}`)
    }
    const bars = all.flatMap((measured) => {
      const spread = measured.failure === null ? spreadAt(measured, 'connectionKibibytes') : null
      return spread === null ? [] : [{ label: measured.name, isOwn: measured.name === 'Sluice', spread }]
    })
    const head = ['proxy', 'idle, 1 route, MiB', `idle, ${MANY_ROUTES.toLocaleString('en')} routes, MiB`, 'for each idle kept connection, KiB']
    const relayed = `peak above idle while ${megabytes.toLocaleString('en')} MB go`
    return {
      lines: [
        ...headOf([...head, `${relayed} down, MiB`, `${relayed} up, MiB`]),
        ...all.map(line),
        '',
        `Proportional set size, one worker, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ${connections.toLocaleString('en')} connections, of which the first tenth counts for nothing, with one GET 1 KiB each before they are idle; what the`,
        'kernel keeps of a connection is not in it. HAProxy has one route here. nginx relays without buffering the request.',
      ],
      charts: [chartOf({ id: 'memory', title: 'Memory for each idle kept connection', subtitle: 'KiB, without what the kernel keeps; shorter is better', digits: 1, bars })],
      participants: all.map(({ name }) => name),
    }
  },
}
