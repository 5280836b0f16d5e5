/** The one list of when plugins run: highest priority first, equal to Kong's. Consumer-scoped plugins apply below the authentication that found the consumer. */
export const PLUGIN_ORDER = [
  { name: 'correlation-id', priority: 100_001, reason: 'Everything after it can name the request.' },
  { name: 'exit-transformer', priority: 9_999, reason: 'Whoever ends a request below it, the client gets the error in the form of the house.' },
  { name: 'bot-detection', priority: 2_500, reason: 'What should not call at all costs nothing more than its own header.' },
  { name: 'cors', priority: 2_000, reason: 'A preflight carries no credentials, so it is answered before they are asked for.' },
  { name: 'jwt', priority: 1_450, reason: 'A token proves by itself, so it is asked before what has to be looked up.' },
  { name: 'key-auth', priority: 1_250, reason: 'Who calls decides which limits count.' },
  { name: 'basic-auth', priority: 1_100, reason: 'After the credentials that cost less to check, so that with `anonymous` those are tried first.' },
  { name: 'hmac-auth', priority: 1_030, reason: 'May wait for the whole body, so it comes last of those who ask who calls.' },
  { name: 'json-threat-protection', priority: 1_009, reason: 'A body that would harm who parses it is refused before anybody does.' },
  { name: 'injection-protection', priority: 1_007, reason: 'An attack is refused before anything behind reads what it brings.' },
  { name: 'request-validator', priority: 999, reason: 'Of what is well-formed only that goes on which the service describes.' },
  { name: 'ip-restriction', priority: 990, reason: 'Who may not call at all is turned away before limits count it.' },
  { name: 'request-size-limiting', priority: 951, reason: 'What is too large is refused before anybody reads it or counts it.' },
  { name: 'acl', priority: 950, reason: 'Keeps out who may not pass once it is known who calls, before they are counted.' },
  { name: 'rate-limiting', priority: 910, reason: 'Counts callers that are known, before anything is spent on them.' },
  { name: 'route-by-header', priority: 850, reason: 'Reads headers of the client before anybody changes them, when the consumer is known.' },
  { name: 'request-transformer', priority: 801, reason: 'Changes what goes upstream once nobody else asks what the client sent.' },
  { name: 'response-transformer', priority: 800, reason: 'Changes what the client gets, where the request was changed too.' },
  { name: 'security-headers', priority: 795, reason: 'Behind the transformer of responses, so that what it sets is what browsers get.' },
  { name: 'redirect', priority: 779, reason: 'Who is sent elsewhere has been authenticated, counted and transformed.' },
  { name: 'upstream-timeout', priority: 400, reason: 'Only what goes upstream has timeouts; the canary below may still choose where.' },
  { name: 'canary', priority: 20, reason: 'Chooses the upstream last, when the consumer and its groups are known.' },
  { name: 'fault-injection', priority: 18, reason: 'Plays a failing upstream, so everything that decides about a request has run.' },
  { name: 'request-termination', priority: 2, reason: 'Ends what all others let through.' },
] as const

const PRIORITIES = new Map<string, number>(PLUGIN_ORDER.map(({ name, priority }) => [name, priority]))

/** Adds a plugin of a user, whose author says when it runs. */
export function addPluginPriority(name: string, priority: number): void {
  PRIORITIES.set(name, priority)
}

/** Higher ones run first; 0 for a plugin that is in no list. */
export function priorityOf(name: string): number {
  return PRIORITIES.get(name) ?? 0
}
