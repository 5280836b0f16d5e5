import { compileRegex } from '@sluice/shared/routing/regex'
import { definePluginHandler, type PluginReply } from '../contract.ts'
import { isKnownBot } from './known-bots.ts'
import { botDetectionSchema } from './schema.ts'

/** What of a User-Agent is looked at, in characters: linear time is still too long for a header of 64 KiB. */
const LOOKED_AT_MAX = 1_024
/** Verdicts that are kept, oldest out first; with the length above it bounds what they take. */
const VERDICTS_MAX = 4_096

const TWICE: PluginReply = { kind: 'error', status: 400, message: 'Only one User-Agent header allowed' }
const REFUSED: PluginReply = { kind: 'error', status: 403, message: 'Forbidden' }

export const botDetectionHandler = definePluginHandler(botDetectionSchema, (config) => {
  const allow = config.allow.map((pattern) => compileRegex(pattern))
  const deny = config.deny.map((pattern) => compileRegex(pattern))
  const isRefused = (agent: string) => !allow.some((regex) => regex.test(agent)) && (deny.some((regex) => regex.test(agent)) || isKnownBot(agent))
  const verdicts = new Map<string, boolean>()

  const judge = (agent: string): boolean => {
    const known = verdicts.get(agent)
    if (known !== undefined) return known
    const verdict = isRefused(agent)
    if (verdicts.size >= VERDICTS_MAX) verdicts.delete(verdicts.keys().next().value as string)
    verdicts.set(agent, verdict)
    return verdict
  }

  return {
    onRequest(exchange) {
      const agents = exchange.requestHeaders.getAll('user-agent')
      const [agent] = agents
      if (agent === undefined) return undefined
      if (agents.length > 1) return TWICE
      return judge(agent.length > LOOKED_AT_MAX ? agent.slice(0, LOOKED_AT_MAX) : agent) ? REFUSED : undefined
    },
  }
})
