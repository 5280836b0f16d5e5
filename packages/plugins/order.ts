/** The one list of when plugins run: highest priority first, equal to Kong's. Consumer-scoped plugins apply below the authentication that found the consumer. */
export const PLUGIN_ORDER = [
  { name: 'correlation-id', priority: 100_001, reason: 'Everything after it can name the request.' },
  { name: 'compression', priority: 99_000, reason: 'Reads what codings the client takes before anybody changes that; it encodes when all others have made the answer.' },
  { name: 'exit-transformer', priority: 9_999, reason: 'Whoever ends a request below it, the client gets the error in the form of the house.' },
  { name: 'bot-detection', priority: 2_500, reason: 'What should not call at all costs nothing more than its own header.' },
  { name: 'cors', priority: 2_000, reason: 'A preflight carries no credentials, so it is answered before they are asked for.' },
  { name: 'mtls-auth', priority: 1_600, reason: 'The connection has proved who calls before the request came, so nothing else need be asked.' },
  { name: 'jwt', priority: 1_450, reason: 'A token proves by itself, so it is asked before what has to be looked up.' },
  { name: 'oauth2', priority: 1_400, reason: 'Its tokens say by themselves whose they are, and it answers those who ask for one.' },
  { name: 'key-auth', priority: 1_250, reason: 'Who calls decides which limits count.' },
  { name: 'ldap-auth', priority: 1_200, reason: 'Asks somebody else, so what can be told here comes first; before plain passwords, as Kong has it.' },
  { name: 'basic-auth', priority: 1_100, reason: 'After the credentials that cost less to check, so that with `anonymous` those are tried first.' },
  { name: 'openid-connect', priority: 1_050, reason: 'May send a browser to sign in, so every other way to be known comes first.' },
  { name: 'hmac-auth', priority: 1_030, reason: 'May wait for the whole body, so it comes last of those who ask who calls.' },
  { name: 'json-threat-protection', priority: 1_009, reason: 'A body that would harm who parses it is refused before anybody does.' },
  { name: 'injection-protection', priority: 1_007, reason: 'An attack is refused before anything behind reads what it brings.' },
  { name: 'request-validator', priority: 999, reason: 'Of what is well-formed only that goes on which the service describes.' },
  { name: 'ip-restriction', priority: 990, reason: 'Who may not call at all is turned away before limits count it.' },
  { name: 'request-size-limiting', priority: 951, reason: 'What is too large is refused before anybody reads it or counts it.' },
  { name: 'acl', priority: 950, reason: 'Keeps out who may not pass once it is known who calls, before they are counted.' },
  { name: 'rate-limiting-advanced', priority: 910, reason: 'As rate-limiting, which comes after it as in Kong: of equal priorities the later name goes first.' },
  { name: 'rate-limiting', priority: 910, reason: 'Counts callers that are known, before anything is spent on them.' },
  { name: 'service-protection', priority: 901, reason: 'What a service can bear counts only requests that their senders may make.' },
  { name: 'response-ratelimiting', priority: 900, reason: 'Counts what answers say they cost, of requests that the limits on requests let through.' },
  { name: 'concurrency-limiting', priority: 895, reason: 'Takes a place only for requests that no limit has refused.' },
  { name: 'route-by-header', priority: 850, reason: 'Reads headers of the client before anybody changes them, when the consumer is known.' },
  { name: 'request-transformer', priority: 801, reason: 'Changes what goes upstream once nobody else asks what the client sent.' },
  { name: 'response-transformer', priority: 800, reason: 'Changes what the client gets, where the request was changed too.' },
  { name: 'security-headers', priority: 795, reason: 'Behind the transformer of responses, so that what it sets is what browsers get.' },
  { name: 'redirect', priority: 779, reason: 'Who is sent elsewhere has been authenticated, counted and transformed.' },
  { name: 'upstream-timeout', priority: 400, reason: 'Only what goes upstream has timeouts; the canary below may still choose where.' },
  { name: 'proxy-cache', priority: 100, reason: 'What is kept is given once it is known who asks and what would go upstream.' },
  { name: 'canary', priority: 20, reason: 'Chooses the upstream last, when the consumer and its groups are known.' },
  { name: 'fault-injection', priority: 18, reason: 'Plays a failing upstream, so everything that decides about a request has run.' },
  { name: 'mirror', priority: 5, reason: 'Copies what goes upstream, as all others made it; what is answered before it has no copy.' },
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
