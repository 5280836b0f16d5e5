import type { Pace } from '../measuring/rounds.ts'
import type { Peer } from '../peers/peer.ts'

const METHOD = (pace: Pace) => `## Method

- Each proxy with all of its processes and threads is pinned to core 1 (\`taskset\`), one worker where it has workers. The load generator, the origin (nginx) and the script
  are on core 0. Two workers have cores 2 and 3 and the load 0 and 1; with fewer than four cores they share. Connections are kept on both sides, except where a title says so.
- CPU per request is user and system time of the proxy's processes (\`/proc\`) by completed requests. All proxies of a table run at the same time;
  ${pace.rounds} rounds of ${pace.secondsPerRound} s, in each of them every proxy once, after ${pace.warmSeconds} s that do not count. The ratio is taken round by round; the tables
  have its median, and the lowest and the highest round in brackets. A round without honest figures is tried once more; a proxy that fails twice has none.
- Ratios within one run count. Where other work shares the machine, times, rates and p99 differ from run to run and are no measure of what a proxy can do; the brackets
  show how far the rounds were apart, and the load average before the run is below each table.
- A proxy at full load on its core and one that waits for the load generator are compared by what a request costs, not by how many there were.
- Load: \`wrk\`, one thread, for kept connections in HTTP/1.1; programs in \`test/bench/measuring/generators\` for the rest: \`node:tls\` for handshakes, \`node:http2\` for
  HTTP/2. Those cost more than what they load, so their rates are their own; CPU per request is not touched by that.
- Seven request fields, nine with a POST, eight on a new connection; eight response fields, ten with 100 KiB. The origin reads the body of a POST whole before it answers.
- Features on: Sluice with \`key-auth\` and \`rate-limiting\` (per consumer, per minute, with its header fields); nginx + Lua with the consumers in a Lua
  table, a counter in shared memory and three \`RateLimit\` fields; nginx in that table has the routes and neither keys nor a limit. The limit is never reached. Of many
  routes and consumers all are configured; 5,000 different requests, evenly spread over them, are sent in turn.
- TLS: 1.2 and 1.3 with a certificate on P-256, session tickets in all of them, no session cache in nginx and HAProxy. A table on resumed sessions has only proxies in whose
  rounds at least 95 % of the handshakes were resumed, one on full handshakes only such without any.
- Memory in a table on requests is the proportional set size of all processes right after the load.
- Inside a node: the median of the rounds and the lowest and the highest of them. What a plugin adds is a round with it less the round without any before it; one that
  costs little is lost in what lies between two rounds, and may come out below nothing.
- Before a proxy is measured, its answer through the last route is compared with the origin's, and a wrong key must be refused where it asks for keys.`

const PEERS = (peers: readonly Peer[]) => {
  const lines = peers.map(({ name, version, missing, configuration: { file, says } }) => {
    const found = version === null ? `not on the machine of the last run (${missing})` : version
    return `- **${name}** (${found}): [\`${file}\`](../test/bench/peers/${file}). ${says}`
  })
  return `## Peers and their configuration\n\n${lines.join('\n')}`
}

/** What stands below the figures, the same in every run but for versions. */
export function closingOf(pace: Pace, peers: readonly Peer[]): string {
  return `${METHOD(pace)}\n\n${PEERS(peers)}`
}
