/** The one list of when plugins run: highest priority first, equal to Kong's. Consumer-scoped plugins apply below the authentication that found the consumer. */
export const PLUGIN_ORDER = [
  { name: 'correlation-id', priority: 100_001, reason: 'Everything after it can name the request.' },
  { name: 'bot-detection', priority: 2_500, reason: 'What should not call at all costs nothing more than its own header.' },
  { name: 'cors', priority: 2_000, reason: 'A preflight carries no credentials, so it is answered before they are asked for.' },
  { name: 'key-auth', priority: 1_250, reason: 'Who calls decides which limits count.' },
  { name: 'ip-restriction', priority: 990, reason: 'Who may not call at all is turned away before limits count it.' },
  { name: 'request-size-limiting', priority: 951, reason: 'What is too large is refused before anybody reads it or counts it.' },
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
